import { at, list, number, text, type Json } from "../json.ts";
import {
  isSeen,
  markOf,
  markTemplate,
  newestOf,
  ownTemplate,
  partitionOf,
  revisionLabel,
  uidOf,
  type Kind,
} from "./kind.ts";

const common = {
  group: "apps",
  version: "v1",
  template: ownTemplate,
  podHash: revisionLabel,
  restart: markTemplate,
  mark: (object: Json) => markOf(ownTemplate(object)),
} as const;

export const deployment: Kind = {
  ...common,
  kind: "Deployment",
  plural: "deployments",
  held: (object) => (at(object, "spec", "paused") === true ? "paused" : null),
  hash: (object, objects) =>
    text(
      newestOf(objects.get("replicasets") ?? [], uidOf(object), (set) =>
        Number(text(set, "metadata", "annotations", "deployment.kubernetes.io/revision") ?? 0),
      ),
      "metadata",
      "labels",
      "pod-template-hash",
    ),
  progress: (object) => {
    const status = at(object, "status");
    const wanted = number(object, "spec", "replicas") ?? 1;
    const total = number(status, "replicas") ?? 0;
    const ready = number(status, "availableReplicas") ?? 0;
    const updated = number(status, "updatedReplicas") ?? 0;
    const isLate = list(status, "conditions").some(
      (one) => text(one, "type") === "Progressing" && text(one, "reason") === "ProgressDeadlineExceeded",
    );
    return {
      wanted,
      updated,
      ready,
      settled: isSeen(object) && updated >= wanted && total <= updated && ready >= wanted,
      failed: isSeen(object) && isLate ? "its progress deadline is over" : null,
    };
  },
};

export const statefulSet: Kind = {
  ...common,
  kind: "StatefulSet",
  plural: "statefulsets",
  held: (object) =>
    text(object, "spec", "updateStrategy", "type") === "OnDelete"
      ? "OnDelete"
      : partitionOf(at(object, "spec", "updateStrategy", "rollingUpdate", "partition")),
  hash: (object) => text(object, "status", "updateRevision"),
  progress: (object) => {
    const status = at(object, "status");
    const wanted = number(object, "spec", "replicas") ?? 1;
    const ready = number(status, "readyReplicas") ?? 0;
    const updated = number(status, "updatedReplicas") ?? 0;
    const done = text(status, "currentRevision") === text(status, "updateRevision") || wanted === 0;
    return {
      wanted,
      updated,
      ready,
      settled: isSeen(object) && done && updated >= wanted && ready >= wanted,
      failed: null,
    };
  },
};

export const daemonSet: Kind = {
  ...common,
  kind: "DaemonSet",
  plural: "daemonsets",
  held: (object) => (text(object, "spec", "updateStrategy", "type") === "OnDelete" ? "OnDelete" : null),
  hash: (object, objects) =>
    text(
      newestOf(
        objects.get("controllerrevisions") ?? [],
        uidOf(object),
        (revision) => number(revision, "revision") ?? 0,
      ),
      "metadata",
      "labels",
      "controller-revision-hash",
    ),
  progress: (object) => {
    const status = at(object, "status");
    const wanted = number(status, "desiredNumberScheduled") ?? 0;
    const updated = number(status, "updatedNumberScheduled") ?? 0;
    const ready = number(status, "numberAvailable") ?? 0;
    return { wanted, updated, ready, settled: isSeen(object) && updated >= wanted && ready >= wanted, failed: null };
  },
};
