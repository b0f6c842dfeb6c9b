import { parseManifests, templateText } from "@keyroll/preflight";
import type { RestartPlan, WorkloadFacts } from "../../ports/target.ts";
import type { Rendered } from "../../ports/rendered.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import { isNamed } from "../../ports/workload-kinds.ts";
import { isRun } from "../../proof/index.ts";
import type { Facts, Goal } from "./goal.ts";

export interface Effect {
  readonly kind: string;
  readonly name: string;
  readonly effect: "starts" | "restarts" | "stays";
  readonly why: string;
}

interface Consumer {
  readonly kind: string;
  readonly name: string;
  readonly uses: "all" | readonly string[];
}

export interface EffectParts {
  readonly type: "helm" | "restart" | "process";
  readonly goal: Goal;
  readonly store: SecretStore;
  /** The revision that is deployed; null: none. */
  readonly deployed: number | null;
  readonly consumers: readonly Consumer[];
  readonly workloads: readonly WorkloadFacts[];
  readonly plan: RestartPlan;
  /** What the chart makes restart by itself. */
  readonly triggers: Facts["triggers"];
  /** The goal's manifests, and those of what runs; null: there are none, or they cannot be rendered any more. */
  readonly renders: { readonly next: Rendered | null; readonly running: Rendered | null };
}

/** Keys whose value a deployment changes. */
const changedKeys = async ({ store, goal, deployed }: EffectParts): Promise<ReadonlySet<string>> => {
  const [now, before] = await Promise.all(
    [goal.revision, deployed ?? 0].map(async (at) => (at === 0 ? null : await store.manifest({ at }))),
  );
  const names = new Set([...(now?.entries.keys() ?? []), ...(before?.entries.keys() ?? [])]);
  const differs = (key: string): boolean => now?.entries.get(key)?.revision !== before?.entries.get(key)?.revision;
  return new Set([...names].filter(differs));
};

/** `kind/name` -> its pod template as text. */
const templatesOf = (rendered: Rendered | null): ReadonlyMap<string, string> =>
  new Map(
    (rendered === null ? [] : parseManifests(rendered.manifest, "manifest")).flatMap((object) => {
      const text = templateText(object);
      return text === null ? [] : [[`${object.kind}/${object.name}`, text] as const];
    }),
  );

/** Kinds of a chart that have no pods of their own: they make runs, later. */
const makesRuns = new Set(["CronJob", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate"]);

const few = (keys: readonly string[]): string =>
  keys.length <= 5 ? keys.join(", ") : `${keys.slice(0, 5).join(", ")} and ${keys.length - 5} more`;

/** What a deployment will do to each workload that uses the Secret, and why, before it does anything. */
export const effectsOf = async (parts: EffectParts): Promise<Effect[]> => {
  const { type, consumers, workloads, plan, triggers, renders } = parts;
  const changed = await changedKeys(parts);
  const [next, running] = [renders.next, renders.running].map(templatesOf);
  const of = (
    { kind, name, uses }: Consumer,
    { rolls, held, restartMark }: WorkloadFacts,
  ): Pick<Effect, "effect" | "why"> => {
    const id = `${kind}/${name}`;
    const isIt = (one: { readonly kind: string; readonly name: string }): boolean =>
      one.kind === kind && one.name === name;
    if (!rolls) return { effect: "stays", why: "its next run reads the new values" };
    if (held !== null) return { effect: "stays", why: `held back: ${held}` };
    const own = [...changed].filter((key) => uses === "all" || uses.includes(key)).toSorted();
    const trigger = triggers.find(isIt);
    if (trigger?.sure === true) return { effect: "restarts", why: "the chart restarts it at each deployment" };
    const mark = plan.marks.find(isIt)?.mark ?? null;
    if (own.length > 0 && mark !== null) return { effect: "restarts", why: `its keys changed: ${few(own)}` };
    if (type === "helm" && renders.running !== null && next?.get(id) !== running?.get(id))
      return { effect: "restarts", why: "its chart or its Helm values changed" };
    if (type === "helm" && renders.running === null)
      return { effect: "restarts", why: "its chart or values may differ" };
    if (own.length > 0 && trigger !== undefined)
      return {
        effect: "restarts",
        why: `its keys changed: ${few(own)}; whether the chart follows them cannot be told`,
      };
    if (mark !== null && restartMark === null)
      return { effect: "restarts", why: "it gets the annotation by which later restarts are told" };
    if (mark !== null && restartMark !== mark) return { effect: "restarts", why: "its keys changed" };
    if (type === "helm" && mark === null && restartMark !== null)
      return { effect: "restarts", why: "Keyroll's annotation is taken out of its template" };
    return own.length > 0
      ? { effect: "stays", why: `nothing restarts it (setting restart), though its keys changed: ${few(own)}` }
      : { effect: "stays", why: "its keys are unchanged" };
  };
  return consumers.flatMap((consumer) => {
    const { kind, name } = consumer;
    if (makesRuns.has(kind)) return [{ kind, name, effect: "stays", why: "its next run reads the new values" }];
    if (isRun({ kind })) {
      const why = `a run of a ${kind} is not restarted, the next one reads the new values`;
      return [{ kind, name, effect: "stays", why }];
    }
    const live = workloads.filter((one) => isNamed(one, consumer));
    if (live.length === 0) return [{ kind, name, effect: "starts", why: "it is new" }];
    return live.map((one) => ({ kind: one.kind, name: one.name, ...of(consumer, one) }));
  });
};
