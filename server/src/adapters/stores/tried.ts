import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding } from "../../ports/secret-store.ts";

/** A right, and a use of it that says what it found. */
export type Step = readonly [id: string, what: string, attempt: () => Promise<string>];

/** Tries it: a refusal is a finding, with what to do. */
export const tried = async ([id, what, attempt]: Step, required = true): Promise<CheckFinding> => {
  try {
    return { id, what, ok: true, required, message: await attempt(), next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { id, what, ok: false, required, message: error.message, next: error.next };
  }
};

/** One after the other: later ones use what earlier ones made. */
export const triedAll = async (steps: readonly Step[]): Promise<CheckFinding[]> => {
  const findings: CheckFinding[] = [];
  for (const step of steps) findings.push(await tried(step));
  return findings;
};
