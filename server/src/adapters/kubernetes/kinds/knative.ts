import { at, list, number, text, type Json } from "../json.ts";
import { isSeen, markOf, markTemplate, ownTemplate, type Kind } from "./kind.ts";

const labels = { service: "serving.knative.dev/service", revision: "serving.knative.dev/revision" };

/** Name of the Knative Service that a pod serves; null: none. */
export const serviceOf = (pod: Json): string | null => text(pod, "metadata", "labels", labels.service);

/** Traffic that was given to an older revision by name: that one may start again whenever a request comes. */
const heldTraffic = (object: Json): string | null => {
  const newest = text(object, "status", "latestCreatedRevisionName");
  const older = list(object, "spec", "traffic").flatMap((part) => {
    const name = text(part, "revisionName");
    const percent = number(part, "percent") ?? 0;
    return name === null || name === newest || percent === 0 ? [] : [`${percent} % to ${name}`];
  });
  return older.length === 0 ? null : `traffic: ${older.join(", ")}`;
};

/** Knative Services: a revision a template, scaled by requests, so that nobody counts pods. */
export const service: Kind = {
  kind: "Service",
  group: "serving.knative.dev",
  version: "v1",
  plural: "services",
  template: ownTemplate,
  held: heldTraffic,
  hash: (object) => text(object, "status", "latestCreatedRevisionName"),
  podHash: (pod) => text(pod, "metadata", "labels", labels.revision),
  progress: (object) => {
    const status = at(object, "status");
    const created = text(status, "latestCreatedRevisionName");
    const isReady = isSeen(object) && created !== null && created === text(status, "latestReadyRevisionName");
    const refused = list(status, "conditions").find(
      (one) => text(one, "type") === "Ready" && text(one, "status") === "False",
    );
    const why = text(refused, "reason");
    return {
      wanted: 1,
      updated: isSeen(object) ? 1 : 0,
      ready: isReady ? 1 : 0,
      settled: isReady && refused === undefined,
      failed: isSeen(object) && refused !== undefined ? `it is not ready${why === null ? "" : ` (${why})`}` : null,
    };
  },
  restart: markTemplate,
  mark: (object) => markOf(ownTemplate(object)),
};
