import type { Clock } from "../../ports/clock.ts";
import type { RollEvent } from "../../ports/target.ts";
import type { KubeClient } from "./client.ts";
import { follow } from "./follow.ts";
import { at, isJson, list, number, text, type Json } from "./json.ts";
import type { WorkloadObjects } from "./kinds/kind.ts";
import { followedLists } from "./objects.ts";
import { podOwners } from "./pods.ts";
import { isLate, isStarting } from "./starting.ts";
import { workloadsOf, type UsesOf, type Workload } from "./workloads.ts";

export interface RolloutOptions {
  readonly namespace: string;
  readonly release: string | null;
  /** Which workloads count. */
  readonly counts: (workload: Workload) => boolean;
  /** Our annotation as it was patched in, `kind/name` -> text: it has to stay there until the rollout is over. */
  readonly marked: ReadonlyMap<string, string>;
  readonly usesOf: UsesOf;
  readonly secretName: string;
  readonly crashGraceSeconds: number;
  readonly failFast: boolean;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Milliseconds until the next look when nothing happens: grace times and deadlines pass without an event. */
const longest = 1000;
const crashRestarts = 3;
/** Milliseconds for which a workload has to say that it failed: at first a controller repeats that of the rollout before. */
const stands = 3000;
const slow = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "ErrImageNeverPull",
  "RunContainerError",
  "CreateContainerError",
]);

interface Trouble {
  readonly workload: string;
  readonly instance: string;
  readonly container: string | null;
  readonly reason: string;
  readonly message: string;
  readonly restarts: number;
}

/** The pod's own words, except where the runtime could quote an environment entry with its value. */
const words = (message: string): string =>
  /[A-Za-z_][A-Za-z0-9_.-]*=/u.test(message) ? "" : message.replaceAll(/\s+/gu, " ").slice(0, 300);

const troubleOf = (pod: Json, workload: Workload): Trouble[] =>
  ["initContainerStatuses", "containerStatuses"]
    .flatMap((field) => list(pod, "status", field))
    .flatMap((status) => {
      const waiting = at(status, "state", "waiting");
      const reason = text(waiting, "reason");
      const message = text(waiting, "message") ?? "";
      if (!isJson(waiting) || reason === null || isStarting({ reason })) return [];
      const ended = at(status, "lastState", "terminated");
      const exit = isJson(ended)
        ? ` The last run ended with exit code ${number(ended, "exitCode") ?? "?"} (${text(ended, "reason") ?? "?"}).`
        : "";
      return [
        {
          workload: `${workload.kind}/${workload.name}`,
          instance: text(pod, "metadata", "name") ?? "",
          container: text(status, "name"),
          reason,
          message: `${words(message)}${exit}`.trim(),
          restarts: number(status, "restartCount") ?? 0,
        },
      ];
    });

/** Pods of the newest template of each workload: uid of the workload -> pods. */
const newPods = (objects: WorkloadObjects, workloads: readonly Workload[]): ReadonlyMap<string, readonly Json[]> => {
  const ownerOf = podOwners(objects);
  const newest = new Map(workloads.map(({ uid, templateHash }) => [uid, templateHash]));
  const found = Map.groupBy(objects.get("pods") ?? [], (pod) => {
    const { workload, templateHash } = ownerOf(pod);
    const isNew = templateHash !== null && newest.get(workload?.uid ?? "") === templateHash;
    return isNew && text(pod, "metadata", "deletionTimestamp") === null ? (workload?.uid ?? "") : "";
  });
  found.delete("");
  return found;
};

/** Somebody who keeps the template as it was before takes our annotation away again, and with it the restart. */
const takenAway = (workload: Workload, mark: string | undefined): string | null => {
  if (mark === undefined || workload.held !== null || workload.restartMark === mark) return null;
  const who = workload.templateManager === null ? "somebody" : `\`${workload.templateManager}\``;
  return (
    `${workload.kind}/${workload.name}: ${who} has taken the annotation keyroll.dev/restart out of it again, ` +
    "and with it the restart. Let whoever applies this workload leave that annotation alone, or restart it there and deploy with --no-restart."
  );
};

/** Our own wait, on both Helm versions: how far each workload is, what troubles its new pods, and when to give up. */
export const watchRollout = async function* (
  client: Pick<KubeClient, "list" | "snapshot" | "watch">,
  options: RolloutOptions,
): AsyncGenerator<RollEvent, void, undefined> {
  const { clock, signal } = options;
  const said = new Map<string, string>();
  const since = new Map<string, number>();
  const fresh = (key: string, value: string): boolean => {
    if (said.get(key) === value) return false;
    said.set(key, value);
    return true;
  };
  /** Milliseconds since this was seen first. */
  const lasting = (key: string): number => {
    const first = since.get(key) ?? clock.now();
    since.set(key, first);
    return clock.now() - first;
  };
  const { paths, optional } = await followedLists(options.namespace, { client, clock, signal });
  using following = follow(paths, { client, clock, signal, optional });
  for (;;) {
    await following.change(longest);
    signal.throwIfAborted();
    const lists = following.lists();
    if (lists === "pending") continue;
    if (lists === "lost") {
      if (fresh("reach", "lost"))
        yield { type: "log", message: "The cluster cannot be reached at the moment; waiting." };
      if (clock.now() >= options.deadline) {
        yield { type: "failed", reason: "The cluster could not be reached until the time was over." };
        return;
      }
      continue;
    }
    const workloads = workloadsOf(lists, options.release, options.usesOf).filter(options.counts);
    const pods = newPods(lists, workloads);
    if (said.has("reach") && fresh("reach", "back")) yield { type: "log", message: "The cluster answers." };
    let open = 0;
    for (const workload of workloads) {
      if (!workload.rolls) continue;
      const name = `${workload.kind}/${workload.name}`;
      const taken = takenAway(workload, options.marked.get(name));
      if (taken !== null) {
        yield { type: "failed", reason: taken };
        return;
      }
      if (workload.held !== null) {
        if (fresh(`held ${name}`, workload.held))
          yield {
            type: "held",
            workload: name,
            message: `${name} is held back on purpose (${workload.held}); it is not touched.`,
          };
        continue;
      }
      const { updated, ready, wanted } = workload;
      if (fresh(name, `${updated}/${ready}/${wanted}`))
        yield { type: "progress", workload: name, updated, ready, wanted };
      if (!workload.settled) open++;
      for (const trouble of workload.settled
        ? []
        : (pods.get(workload.uid) ?? []).flatMap((pod) => troubleOf(pod, workload))) {
        const { restarts, ...event } = trouble;
        const key = `${trouble.instance}/${trouble.container ?? ""}`;
        const lasts = lasting(key);
        if (isLate(trouble, lasts, options.crashGraceSeconds)) continue;
        if (fresh(`trouble ${key}`, trouble.reason)) yield { type: "trouble", ...event };
        if (hopeless(trouble, lasts, restarts, options)) {
          const where = `${trouble.workload}: ${trouble.instance}/${trouble.container ?? ""}`;
          yield { type: "failed", reason: `${where} is ${trouble.reason}. ${trouble.message}`.trim() };
          return;
        }
      }
      if (workload.failed === null || workload.settled) since.delete(`failed ${name}`);
      else if (lasting(`failed ${name}`) >= stands) {
        yield { type: "failed", reason: `${name}: ${workload.failed} (${ready} of ${wanted} ready).` };
        return;
      }
    }
    if (open === 0) {
      yield { type: "done" };
      return;
    }
    if (clock.now() >= options.deadline) {
      yield { type: "failed", reason: `Not rolled out in time: ${behind(workloads)}.` };
      return;
    }
  }
};

const behind = (workloads: readonly Workload[]): string =>
  workloads
    .filter(({ settled, held }) => !settled && held === null)
    .map(
      ({ kind, name, updated, ready, wanted }) => `${kind}/${name} has ${updated} of ${wanted} updated, ${ready} ready`,
    )
    .join("; ");

/** Whether the kubelet lacks our Secret or a key of it. What is somebody else's may still come. */
const lacksOurs = ({ reason, message }: Trouble, { namespace, secretName }: RolloutOptions): boolean =>
  reason === "CreateContainerConfigError" &&
  (message.includes(`secret "${secretName}" not found`) ||
    `${message} `.includes(` in Secret ${namespace}/${secretName} `));

/** What cannot heal fails at once; crashes and failed pulls only after the grace time and three restarts. */
const hopeless = (trouble: Trouble, ms: number, restarts: number, options: RolloutOptions): boolean => {
  if (options.failFast && (trouble.reason === "InvalidImageName" || lacksOurs(trouble, options))) return true;
  if (!slow.has(trouble.reason) || ms < options.crashGraceSeconds * 1000) return false;
  return trouble.reason === "CrashLoopBackOff" ? restarts >= crashRestarts : true;
};
