import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { RollEvent, RollRun, Target, TargetGoal, TargetScope, WorkloadFacts } from "../../ports/target.ts";
import { fieldConflicts } from "../helm/conflicts.ts";
import type { HelmRelease, Helm } from "../helm/helm.ts";
import { lookAtRelease } from "../helm/release-record.ts";
import { readMirror, readValues, writeMirror } from "../kubernetes/app-secrets.ts";
import { compareSecret, digestOf, glanceAt, type Digest } from "../kubernetes/secret-drift.ts";
import type { ClusterAccess, KubeClient } from "../kubernetes/client.ts";
import { readNamed } from "../kubernetes/named-secret.ts";
import { evict } from "../kubernetes/evict.ts";
import { readObjects } from "../kubernetes/objects.ts";
import { podsOf } from "../kubernetes/pods.ts";
import { markTemplates } from "../kubernetes/restart.ts";
import { missingRights, nothingKnown } from "../kubernetes/rights.ts";
import { watchRollout } from "../kubernetes/rollout.ts";
import { manifestsOf, workloadsOf, type UsesOf, type Workload } from "../kubernetes/workloads.ts";

export interface ClusterTargetHost {
  readonly clock: Clock;
  readonly client: KubeClient;
  readonly helm: Helm;
  /** Helm's own identity. */
  readonly helmAccess: ClusterAccess;
  readonly helmClient: KubeClient;
  readonly usesOf: (secretName: string) => UsesOf;
  /** A keyed digest for this context; null: there is no key. */
  readonly digest: (parts: readonly Uint8Array[], context: string) => Promise<string | null>;
}

const uses = ({ uses: keys }: Workload): boolean => keys === "all" || keys.length > 0;

/** Types `helm` and `restart`: the same Secret, mirror and evidence; they differ in who rolls. */
export const clusterTarget = (scope: TargetScope, host: ClusterTargetHost): Target => {
  const { client, helm, clock } = host;
  const namespace = scope.namespace ?? "";
  const address = { namespace, name: scope.secretName ?? "" };
  const usesOf = host.usesOf(address.name);
  const releaseName = scope.type === "helm" ? scope.releaseName : null;
  const release: HelmRelease = {
    access: host.helmAccess,
    client: host.helmClient,
    namespace,
    name: releaseName ?? "",
    createNamespace: scope.settings.createNamespace,
  };

  const known = nothingKnown();
  const digest: Digest = async (parts) => await host.digest(parts, `app-secrets:${scope.environmentId}`);

  const chartOf = (goal: TargetGoal): NonNullable<TargetGoal["chart"]> => {
    if (goal.chart === null)
      throw new KeyrollError("invalid", "A Helm deployment needs a release.", {
        next: "Push one: keyroll release push DIR",
      });
    return goal.chart;
  };

  const rollout = (
    run: RollRun,
    counts: (workload: Workload) => boolean,
    marked: ReadonlyMap<string, string> = new Map(),
  ): AsyncGenerator<RollEvent> =>
    watchRollout(client, {
      namespace,
      release: releaseName,
      counts,
      marked,
      usesOf,
      secretName: address.name,
      crashGraceSeconds: scope.settings.crashGraceSeconds,
      failFast: scope.settings.failFast,
      deadline: run.deadline,
      clock,
      signal: run.signal,
    });

  const rollHelm = async function* (goal: TargetGoal, run: RollRun): AsyncGenerator<RollEvent> {
    // `observe` has looked already: a first run spares itself another start of Helm.
    if (run.resumed) for (const message of await helm.recover(release, run.cutOff)) yield { type: "log", message };
    const before = run.resumed ? await helm.newest(release) : null;
    if (before?.status === "deployed" && before.description === `keyroll ${run.id}`) {
      yield { type: "log", message: "Helm had done its part already." };
      yield { type: "helm", revision: before.revision };
    } else {
      const inject = goal.restart.how === "inject" ? goal.restart.marks : [];
      const seconds = Math.max(10, Math.ceil((run.deadline - clock.now()) / 1000));
      const revision = await helm.upgrade(release, chartOf(goal), inject, {
        id: run.id,
        signal: run.signal,
        timeoutSeconds: seconds,
        forceConflicts: goal.forceConflicts,
        guard: run.guard,
      });
      yield { type: "helm", revision };
    }
    yield* rollout(run, (workload) => workload.inRelease);
  };

  const rollPatch = async function* (goal: TargetGoal, run: RollRun): AsyncGenerator<RollEvent> {
    await run.guard();
    const marks = goal.restart.how === "patch" ? goal.restart.marks : [];
    const objects = await readObjects(namespace, { client, clock, signal: run.signal });
    const { writtenAt } = await readMirror(client, address, scope.environmentId);
    const changed = await markTemplates(client, workloadsOf(objects, releaseName, usesOf), {
      namespace,
      marks,
      // The write's own second is over then.
      after: (writtenAt ?? clock.now()) + 1000,
    });
    yield {
      type: "log",
      message: `${changed} of ${marks.length} workloads that use the Secret are restarted: their keys changed.`,
    };
    // On the way back it is enough that the pods are replaced: whoever takes the annotation away may go on doing so.
    const marked = run.aim === "goal" ? marks : [];
    yield* rollout(run, uses, new Map(marked.map(({ kind, name, mark }) => [`${kind}/${name}`, mark])));
  };

  return {
    render: async (goal, options) =>
      scope.type === "helm" ? await helm.render(release, chartOf(goal), options) : null,
    conflicts: async (objects, signal) =>
      scope.type === "helm" ? await fieldConflicts(host.helmClient, namespace, objects, signal) : [],
    rights: async (objects, signal) =>
      scope.type === "helm"
        ? await missingRights(objects, { client: host.helmClient, namespace, known, signal })
        : null,
    mirror: async () => await readMirror(client, address, scope.environmentId),
    values: async (keys) => await readValues(client, address, scope.environmentId, keys),
    secretNamed: async (name) =>
      await readNamed(client, { namespace, name }, { environmentId: scope.environmentId, field: "from.secret" }),
    glance: async () => await glanceAt(client, address, scope.environmentId),
    compare: async (expected) => await compareSecret(client, address, digest, expected),
    release: async (known) => (scope.type === "helm" ? await lookAtRelease(helm, release, known) : null),
    write: async (write) => {
      await makeNamespace(client, namespace, scope.settings.createNamespace);
      const mark = write.foreign === true ? null : await digestOf(digest, write.revision, write.pairs);
      return await writeMirror(client, address, { ...write, digest: mark, environmentId: scope.environmentId });
    },
    roll: (goal, run) => (scope.type === "helm" ? rollHelm(goal, run) : rollPatch(goal, run)),
    observe: async (signal) => {
      const objects = await readObjects(namespace, { client, clock, signal });
      const workloads = workloadsOf(objects, releaseName, usesOf);
      return {
        workloads: workloads.map(factsOf),
        pods: podsOf(objects, usesOf),
        objects: workloads.filter(uses).flatMap((workload) => manifestsOf(workload, objects)),
        at: clock.now(),
      };
    },
    recover: async (cutOff) => (scope.type === "helm" ? await helm.recover(release, cutOff) : []),
    evict: async (pods, signal) => await evict(client, namespace, pods, signal),
    uninstall: async (signal) => {
      if (scope.type === "helm") await helm.uninstall(release, signal);
      const mirror = await readMirror(client, address, scope.environmentId);
      if (mirror.ours) await client.remove(`/api/v1/namespaces/${namespace}/secrets/${address.name}`);
    },
  };
};

/** The facts without the object that they were read from. */
const factsOf = (workload: Workload): WorkloadFacts => {
  const { kind, name, uid, rolls, templateHash, restartMark, templateManager, wanted, updated, ready } = workload;
  const { held, inRelease, uses: keys, templateIn } = workload;
  const template = { templateHash, restartMark, templateIn, templateManager };
  return { kind, name, uid, rolls, ...template, wanted, updated, ready, held, inRelease, uses: keys };
};

const makeNamespace = async (client: KubeClient, namespace: string, wanted: boolean): Promise<void> => {
  if (!wanted || (await client.find(`/api/v1/namespaces/${namespace}`)) !== null) return;
  await client.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
};
