import { parseManifests, templateText } from "@keyroll/preflight";
import type { Rendered, RestartPlan, WorkloadFacts } from "../../ports/target.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { Goal } from "./goal.ts";

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
  /** Two renders of the goal, and one of what runs; null: there is none, or it cannot be rendered any more. */
  readonly renders: {
    readonly first: Rendered | null;
    readonly second: Rendered | null;
    readonly running: Rendered | null;
  };
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

const few = (keys: readonly string[]): string =>
  keys.length <= 5 ? keys.join(", ") : `${keys.slice(0, 5).join(", ")} and ${keys.length - 5} more`;

/** What a deployment will do to each workload that uses the Secret, and why, before it does anything. */
export const effectsOf = async (parts: EffectParts): Promise<Effect[]> => {
  const { type, consumers, workloads, plan, renders } = parts;
  const changed = await changedKeys(parts);
  const [first, second, running] = [renders.first, renders.second, renders.running].map(templatesOf);
  const of = ({ kind, name, uses }: Consumer): Pick<Effect, "effect" | "why"> => {
    const id = `${kind}/${name}`;
    const live = workloads.find((one) => one.kind === kind && one.name === name);
    if (kind === "CronJob" || live?.rolls === false)
      return { effect: "stays", why: "its next run reads the new values" };
    if (kind === "Job")
      return { effect: "stays", why: "a run of a Job is not restarted, the next one reads the new values" };
    if (live === undefined) return { effect: "starts", why: "it is new" };
    if (live.held !== null) return { effect: "stays", why: `held back: ${live.held}` };
    const own = [...changed].filter((key) => uses === "all" || uses.includes(key)).toSorted();
    if (type === "helm" && first?.get(id) !== second?.get(id))
      return { effect: "restarts", why: "the chart restarts it at each deployment" };
    const mark = plan.marks.find((one) => one.kind === kind && one.name === name)?.mark ?? null;
    if (own.length > 0 && plan.how !== "off") return { effect: "restarts", why: `its keys changed: ${few(own)}` };
    if (type === "helm" && renders.running !== null && first?.get(id) !== running?.get(id))
      return { effect: "restarts", why: "its chart or its Helm values changed" };
    if (type === "helm" && renders.running === null)
      return { effect: "restarts", why: "its chart or values may differ" };
    if (mark !== null && live.restartMark === null)
      return { effect: "restarts", why: "it gets the annotation by which later restarts are told" };
    if (mark !== null && live.restartMark !== mark) return { effect: "restarts", why: "its keys changed" };
    return own.length > 0
      ? { effect: "stays", why: `nobody restarts it (setting restart), though its keys changed: ${few(own)}` }
      : { effect: "stays", why: "its keys are unchanged" };
  };
  return consumers.map((consumer) => ({ kind: consumer.kind, name: consumer.name, ...of(consumer) }));
};
