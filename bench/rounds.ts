/** Side-by-side rounds and what is reported of them. */

/** Median and the tenth and ninetieth percentile. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/**
 * The value below which `share` (0 to 1) of the values lie, between two of them in proportion (as R's type 7 does).
 *
 * @throws RangeError without values
 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("there is no quantile of nothing");
  return below + (above - below) * (place - Math.floor(place));
};

export const spread = (values: readonly number[]): Spread => ({
  median: quantile(values, 0.5),
  p10: quantile(values, 0.1),
  p90: quantile(values, 0.9),
});

/** What `ours` is of `theirs`, round by round: what disturbs the machine for a while disturbs both sides of a round. */
export const ratios = (ours: readonly number[], theirs: readonly number[]): number[] => {
  if (ours.length !== theirs.length) throw new RangeError("both sides need the same rounds");
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
};

/**
 * Runs every side once a round, in turn from the front and from the back, after one round that is not counted.
 *
 * @returns each side's answers, in the order of the rounds
 */
export const alternate = async <Side extends string, Answer>(
  rounds: number,
  sides: Readonly<Record<Side, () => Promise<Answer>>>,
): Promise<Record<Side, Answer[]>> => {
  const names = Object.keys(sides) as Side[];
  const answers = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Answer[]>;
  for (let round = -1; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const answer = await sides[name]();
      if (round >= 0) answers[name].push(answer);
    }
  }
  return answers;
};
