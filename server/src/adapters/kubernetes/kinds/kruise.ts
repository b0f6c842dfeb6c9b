import { at, number, text, type Json } from "../json.ts";
import { daemonSet, statefulSet } from "./apps.ts";
import { isSeen, markOf, markTemplate, ownTemplate, partitionOf, type Kind } from "./kind.ts";

/**
 * Whether OpenKruise changed this pod where it is: its labels then tell of a template that its containers need not
 * have been started with.
 */
const isChangedInPlace = (pod: Json): boolean =>
  text(pod, "metadata", "annotations", "apps.kruise.io/inplace-update-state") !== null;

const label = (pod: Json): string | null =>
  isChangedInPlace(pod) ? null : text(pod, "metadata", "labels", "controller-revision-hash");

/** CloneSets say `NAME-HASH`, or the hash alone by a feature gate. */
const short = (revision: string | null): string | null => revision?.slice(revision.lastIndexOf("-") + 1) ?? null;

const inPlaceOnly = "InPlaceOnly: its pods are never replaced";

export const cloneSet: Kind = {
  kind: "CloneSet",
  group: "apps.kruise.io",
  version: "v1alpha1",
  plural: "clonesets",
  template: ownTemplate,
  held: (object) => {
    const strategy = at(object, "spec", "updateStrategy");
    if (at(strategy, "paused") === true) return "paused";
    if (text(strategy, "type") === "InPlaceOnly") return inPlaceOnly;
    return partitionOf(at(strategy, "partition"));
  },
  hash: (object) => short(text(object, "status", "updateRevision")),
  podHash: (pod) => short(label(pod)),
  progress: (object) => {
    const status = at(object, "status");
    const wanted = number(object, "spec", "replicas") ?? 1;
    const total = number(status, "replicas") ?? 0;
    const updated = number(status, "updatedReplicas") ?? 0;
    const ready = number(status, "availableReplicas") ?? number(status, "readyReplicas") ?? 0;
    const settled = isSeen(object) && updated >= wanted && total <= updated && ready >= wanted;
    return { wanted, updated, ready, settled, failed: null };
  },
  restart: markTemplate,
  mark: (object) => markOf(ownTemplate(object)),
};

const kruise = { group: "apps.kruise.io", podHash: label } as const;

export const advancedStatefulSet: Kind = {
  ...statefulSet,
  ...kruise,
  version: "v1beta1",
  held: (object) => {
    const rolling = at(object, "spec", "updateStrategy", "rollingUpdate");
    if (at(rolling, "paused") === true) return "paused";
    if (text(rolling, "podUpdatePolicy") === "InPlaceOnly") return inPlaceOnly;
    return statefulSet.held(object);
  },
};

export const advancedDaemonSet: Kind = {
  ...daemonSet,
  ...kruise,
  version: "v1alpha1",
  held: (object) => {
    const rolling = at(object, "spec", "updateStrategy", "rollingUpdate");
    if (at(rolling, "paused") === true) return "paused";
    return daemonSet.held(object) ?? partitionOf(at(rolling, "partition"));
  },
  hash: (object, objects) => daemonSet.hash(object, objects) ?? text(object, "status", "daemonSetHash"),
};
