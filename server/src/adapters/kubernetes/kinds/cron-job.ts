import { at } from "../json.ts";
import { jsonAt, markOf, type Kind } from "./kind.ts";

const template: Kind["template"] = (object) => jsonAt(object, "spec", "jobTemplate", "spec", "template");

/** Nothing of it rolls: its next run reads the Secret as it is then. Its Jobs are known by their pods. */
export const cronJob: Kind = {
  kind: "CronJob",
  group: "batch",
  version: "v1",
  plural: "cronjobs",
  template,
  held: (object) => (at(object, "spec", "suspend") === true ? "suspended" : null),
  hash: () => null,
  podHash: () => null,
  progress: () => ({ wanted: 0, updated: 0, ready: 0, settled: true, failed: null }),
  restart: () => null,
  mark: (object, objects) => markOf(template(object, objects)),
};
