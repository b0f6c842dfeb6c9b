import { routes, type OutputOf, type Routes } from "@keyroll/contract";
import { publishedRevision } from "../../database/deployed-goals.ts";
import { isCounted, isRun, judge, type ContainerVerdict, type Goal } from "../../proof/index.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { Mirror, PodFacts, WorkloadFacts } from "../../ports/target.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import type { Reader } from "../../database/schema.ts";
import { query, type QueryContext } from "../verb.ts";
import { instancesOf, staleInstances } from "./instances.ts";
import { openTarget } from "../open-target.ts";
import { lookForDrift } from "../cluster-drift.ts";
import { statusDrift } from "./status-drift.ts";
import { deploymentView, keptKeys, newestDeployments, unfinishedDeployment } from "./queries.ts";
import { templatesOf, writesOf } from "./timeline-read.ts";

type Context = QueryContext<Routes["status.get"]>;
type Status = OutputOf<Routes["status.get"]>;
type Workload = Status["workloads"][number];

interface Seen {
  /** How many instances should run what is in the cluster, and how many of them do. */
  readonly counted: number;
  readonly current: number;
  readonly inCluster: number | null;
  readonly mirror: Status["mirror"];
  readonly workloads: Workload[];
}

/** Saved, in the cluster, running: each by its own evidence, read now. */
export const getStatus = query(routes["status.get"], async (ctx) => {
  const { db, host, app, environment } = ctx;
  const store = storeOf(host, app, environment);
  const manifest = await newestManifest(db, { host, app, environment }, { store });
  const saved = manifest?.revision ?? 0;
  const [latest] = await newestDeployments(db, environment.id, null, 1);
  const rolling = (await unfinishedDeployment(db, environment.id)) !== null;
  // A deployment that failed before it wrote anything has deployed nothing.
  const deployed = (await publishedRevision(db, environment.id)) !== null;
  const seen = environment.type === "process" ? await processes(ctx, store) : await cluster(ctx, store);
  const { counted } = seen;
  const current = seen.current === counted;
  const running = seen.inCluster !== null && counted > 0 && current ? seen.inCluster : null;
  const state = stateOf({ saved, inCluster: seen.inCluster, rolling, current, deployed });
  return {
    saved,
    inCluster: seen.inCluster,
    running,
    state,
    sentence: sentenceOf(state, {
      saved,
      inCluster: seen.inCluster,
      counted,
      stale: counted - seen.current,
    }),
    mirror: seen.mirror,
    workloads: seen.workloads,
    drift: await statusDrift(ctx),
    deployment: latest === undefined ? null : deploymentView(latest),
    observedAt: host.clock.now(),
  };
});

interface Facts {
  readonly saved: number;
  readonly inCluster: number | null;
}

export const stateOf = (
  facts: Facts & { readonly rolling: boolean; readonly current: boolean; readonly deployed: boolean },
): Status["state"] => {
  if (facts.rolling) return "rolling";
  if (facts.saved === 0 && facts.inCluster === null) return "never-saved";
  if (facts.inCluster === null) return facts.deployed ? "unknown" : "not-deployed";
  if (!facts.current) return "stale";
  return facts.inCluster === facts.saved ? "running" : "not-live";
};

const everyone = (instances: number): string =>
  instances === 1 ? "the one instance runs" : `all ${instances} instances run`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const sentenceOf = (
  state: Status["state"],
  facts: Facts & { readonly counted: number; readonly stale: number },
): string => {
  const where = `revision ${facts.inCluster ?? 0}`;
  const sentences: Record<Status["state"], string> = {
    "never-saved": "Nothing is saved yet.",
    "not-deployed": `Revision ${facts.saved} is saved and was never deployed.`,
    "not-live": `Revision ${facts.saved} is saved and not live; ${facts.counted === 0 ? "deployed is" : everyone(facts.counted)} ${where}.`,
    rolling: "A deployment is under way.",
    running:
      facts.counted === 0
        ? `${capital(where)} is deployed; no instance uses it.`
        : `${capital(everyone(facts.counted))} ${where}.`,
    stale: `${facts.stale} of ${facts.counted} ${facts.counted === 1 ? "instance" : "instances"} ${facts.stale === 1 ? "does" : "do"} not run ${where}, which is deployed.`,
    unknown: "The Secret in the cluster is missing or not Keyroll's.",
  };
  return sentences[state];
};

const processes = async ({ db, host, environment }: Context, store: SecretStore): Promise<Seen> => {
  const deployed = await publishedRevision(db, environment.id);
  const instances = await instancesOf(db, environment.id, host.clock.now());
  const stale = new Set((await staleInstances(store, deployed ?? 0, instances)).map(({ id }) => id));
  const starting = instances.filter(({ id, state }) => state === "starting" && !stale.has(id)).length;
  return {
    counted: instances.length,
    current: instances.length - stale.size - starting,
    inCluster: deployed,
    mirror: null,
    workloads:
      instances.length === 0
        ? []
        : [
            {
              kind: "Process",
              name: "keyroll run",
              held: null,
              note: null,
              instances: instances.map((instance) => ({
                name: `${instance.host}/${instance.pid}`,
                container: null,
                revision: instance.revision,
                unchangedSince: null,
                verdict: stale.has(instance.id)
                  ? ("stale" as const)
                  : instance.state === "starting"
                    ? ("blocked" as const)
                    : ("current" as const),
                evidence: 1,
                reason: stale.has(instance.id)
                  ? `it says that it runs revision ${instance.revision}`
                  : "it says so itself",
              })),
            },
          ],
  };
};

const goalAt = async (store: SecretStore, revision: number | null): Promise<Omit<Goal, "kept" | "secret">> => {
  const manifest = revision === null || revision === 0 ? null : await store.manifest({ at: revision });
  return {
    revision: revision ?? 0,
    lastChange: new Map([...(manifest?.entries.values() ?? [])].map((entry) => [entry.key, entry.revision])),
  };
};

/** The verdict of each container, and whether somebody else changed the Secret since the last write that is known. */
export const verdictsIn = async (
  db: Reader,
  environmentId: string,
  mirror: Mirror | null,
  pods: readonly PodFacts[],
  goal: Omit<Goal, "kept" | "secret">,
): Promise<{ readonly verdicts: readonly ContainerVerdict[]; readonly isForeign: boolean }> => {
  const [writes, templates, kept] = await Promise.all([
    writesOf(db, environmentId),
    templatesOf(db, environmentId),
    keptKeys(db, environmentId),
  ]);
  const known = writes.at(-1);
  // A content change that the timeline lacks is somebody else's: the marks say nothing about it.
  const isForeign =
    mirror?.exists === true &&
    mirror.writtenAt !== null &&
    known !== undefined &&
    mirror.resourceVersion !== known.resourceVersion &&
    mirror.writtenAt > known.at;
  const all = isForeign
    ? [
        ...writes,
        {
          revision: null,
          resourceVersion: mirror.resourceVersion ?? "",
          at: mirror.writtenAt ?? 0,
          acknowledgedAt: null,
          changed: "unknown" as const,
          kind: "foreign" as const,
        },
      ]
    : writes;
  const secret =
    mirror?.exists === false ? "gone" : mirror?.ours === true && mirror.revision !== null ? "ours" : "foreign";
  return { verdicts: judge(all, templates, pods, { ...goal, kept, secret }), isForeign };
};

const cluster = async ({ db, host, app, environment, signal }: Context, store: SecretStore): Promise<Seen> => {
  const target = await openTarget(host, app, environment);
  // What others wrote is in the timeline before it is read.
  await lookForDrift({ host, app, environment }, { target });
  const [mirror, observation] = await Promise.all([target.mirror(), target.observe(signal)]);
  const ours = mirror?.ours === true ? mirror.revision : null;
  const { verdicts } = await verdictsIn(db, environment.id, mirror, observation.pods, await goalAt(store, ours));
  const counted = verdicts.filter(isCounted);
  return {
    counted: counted.length,
    current: counted.filter(({ verdict }) => verdict === "current").length,
    inCluster: ours,
    mirror:
      mirror === null
        ? null
        : {
            exists: mirror.exists,
            ours: mirror.ours,
            owner: mirror.owner?.name ?? null,
            keys: mirror.keys?.length ?? null,
          },
    workloads: grouped(observation.workloads, verdicts),
  };
};

const nextRun = "its next run reads what the Secret holds then";
const unrolled = "a pod of its own: nothing restarts it";

const grouped = (workloads: readonly WorkloadFacts[], verdicts: readonly ContainerVerdict[]): Workload[] => {
  const groups = new Map<string, Workload>();
  for (const { kind, name, held, rolls, uses } of workloads)
    if (rolls || uses === "all" || uses.length > 0)
      groups.set(`${kind}/${name}`, { kind, name, held, note: rolls ? null : nextRun, instances: [] });
  for (const verdict of verdicts) {
    const kind = verdict.workload?.kind ?? "Pod";
    const name = verdict.workload?.name ?? verdict.pod;
    // A CronJob stands in the list with or without a run.
    const isOneRun = kind !== "CronJob" && isRun({ kind });
    const note = kind === "Pod" ? unrolled : isOneRun ? `a ${kind}: nothing restarts its run` : null;
    const group = groups.get(`${kind}/${name}`) ?? { kind, name, held: null, note, instances: [] };
    // What a run has left behind says nothing about what runs.
    if (isOneRun && verdict.verdict === "finished") continue;
    groups.set(`${kind}/${name}`, group);
    if (kind === "CronJob" && verdict.verdict === "finished") continue;
    group.instances.push({
      name: verdict.pod,
      container: verdict.container,
      revision: verdict.revision,
      unchangedSince: verdict.unchangedSince,
      verdict: verdict.verdict,
      evidence: verdict.evidence,
      reason: verdict.reason,
    });
  }
  return [...groups.values()];
};
