import type { Spread } from "./rounds.ts";

/** One line of the results. */
export interface Figure {
  readonly what: string;
  /** As measured, with its unit. */
  readonly figure: string;
  /** What it was measured against, as measured. */
  readonly against: string;
  readonly goal: string;
  /** Null: there is no goal for it, or nothing to hold it against. */
  readonly met: boolean | null;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Sentences that belong to the figures: how it was done, what could not be, why a goal was missed. */
  readonly notes: readonly string[];
}

export interface Measure {
  /** As in the list of goals: `G9`. */
  readonly id: string;
  readonly title: string;
  /** The physical limit of the step. */
  readonly floor: string;
  run(rounds: number): Promise<Measured>;
}

const digits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** `1.08 (1.02-1.21) x` */
export const times = ({ median, p10, p90 }: Spread): string => `${digits(median)} x (${digits(p10)}-${digits(p90)})`;

/** `26.9 ms (24.1-31.6)` */
export const withUnit = ({ median, p10, p90 }: Spread, unit: string): string =>
  `${digits(median)} ${unit} (${digits(p10)}-${digits(p90)})`;
