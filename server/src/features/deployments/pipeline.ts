import type { Job } from "./job.ts";
import type { StepName } from "./goal.ts";
import { contract } from "./steps/contract.ts";
import { observe } from "./steps/observe.ts";
import { preflight } from "./steps/preflight.ts";
import { prove } from "./steps/prove.ts";
import { render } from "./steps/render.ts";
import { roll } from "./steps/roll.ts";
import { settle } from "./steps/settle.ts";
import { write } from "./steps/write.ts";

/** One step: it looks, then acts, so that recovery is "run the same step again". Answers a sentence for the journal. */
export interface Step {
  readonly name: StepName;
  run(job: Job): Promise<string>;
}

/** The order of a deployment, and the only place where it stands. */
export const pipeline: readonly Step[] = [observe, render, preflight, write, settle, roll, prove, contract];

/** Where the way back begins: the same steps with another aim; there is no rollback code. */
export const fallbackStart: StepName = "write";

export const stepAt = (name: StepName): Step => {
  const step = pipeline.find((one) => one.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
};

/** The step after this one; null: the deployment has arrived. */
export const stepAfter = (name: StepName): StepName | null =>
  pipeline[pipeline.findIndex((step) => step.name === name) + 1]?.name ?? null;
