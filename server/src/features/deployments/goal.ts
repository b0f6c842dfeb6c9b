import { z } from "zod";

/** What is to be live: pinned when the deployment is requested; what nobody named, when its turn comes. Never changed after. */
export const goalType = z.object({
  release: z.object({ id: z.string(), chart: z.string(), version: z.string() }).nullable(),
  values: z.number().int().nullable(),
  revision: z.number().int(),
  /** Keys that keep the value of `keepFrom`, because their older one is known to be dead. */
  keep: z.array(z.string()).default([]),
  keepFrom: z.number().int().nullable().default(null),
});
export type Goal = z.output<typeof goalType>;

export const optionsType = z.object({
  adopt: z.boolean(),
  /** Go on although others changed what was deployed. */
  overwriteDrift: z.boolean().default(false),
  /** What restarts; `none`: the Secret is written and the deployment ends "in cluster". */
  restart: z.enum(["changed", "all", "none"]),
  /** Rules of preflight whose errors somebody chose to pass over. */
  ignorePreflight: z.array(z.string()).readonly().default([]),
  /** Fields that other managers own are taken from them (Helm 4). */
  forceConflicts: z.boolean().default(false),
  /** What nobody named is what runs when its turn comes, which another deployment may have changed by then. */
  follows: z.object({ release: z.boolean(), values: z.boolean() }).default({ release: false, values: false }),
});
export type Options = z.output<typeof optionsType>;

/** What steps found out and later ones, or a later process, need. Never a value. */
export const factsType = z.object({
  /** resourceVersion of the mirror, or "absent", as the write expects it. */
  expect: z.string().nullable().default(null),
  /** Something in the cluster may have been changed already. */
  written: z.boolean().default(false),
  /** For which aim that was begun last: of its own write a step that is run again knows by this. */
  wrote: z.enum(["goal", "fallback"]).nullable().default(null),
  /** Keys that stay in the Secret until the rollout is over, and the revision that holds their values. */
  leaving: z.array(z.string()).default([]),
  leavingFrom: z.number().int().nullable().default(null),
  restart: z
    .object({
      how: z.enum(["chart", "inject", "patch", "off"]),
      marks: z.array(z.object({ kind: z.string(), name: z.string(), mark: z.string() })).readonly(),
    })
    .nullable()
    .default(null),
  /** Workloads whose chart makes other pods at each deployment; not `sure`: that cannot be told from its text. */
  triggers: z.array(z.object({ kind: z.string(), name: z.string(), sure: z.boolean() })).default([]),
  /** What the target was told to roll already: a dead run may have left it half done. */
  rolling: z.enum(["goal", "fallback"]).nullable().default(null),
  /** Whether Helm was seen to end: else it may have left the release locked. Null: written before this was noted. */
  helm: z.enum(["at-work", "ended"]).nullable().default(null),
  /** Workloads that somebody holds back on purpose. */
  held: z.array(z.string()).default([]),
  /** Which pods were there after the newest write: what came later read it, whatever the clocks say. */
  look: z
    .object({ afterResourceVersion: z.string(), pods: z.array(z.string()) })
    .nullable()
    .default(null),
  /** What uses the Secret, runs older values and cannot be rolled by anybody, with the reason. */
  left: z.array(z.string()).default([]),
  /** Containers or processes that were proven to run the goal; null: not proven yet, or not asked for. */
  users: z.number().int().nullable().default(null),
  /** Why the goal failed, while the fallback is on its way. */
  failure: z.string().nullable().default(null),
  cancelled: z.boolean().default(false),
});
export type Facts = z.output<typeof factsType>;

export const stepNames = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"] as const;
export type StepName = (typeof stepNames)[number];
export const isStepName = (text: string): text is StepName => stepNames.some((name) => name === text);
