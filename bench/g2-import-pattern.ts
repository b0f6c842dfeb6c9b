import { times, withUnit, type Figure, type Measure } from "./measure.ts";
import { fresh, listAndPut, withSite, type Effort } from "./parameter-store.ts";
import { ratios, spread } from "./rounds.ts";

const all = 100;
/** One takes three minutes. */
const most = 3;
const attempts = 10;

const waits = (effort: readonly Effort[]): number[] => effort.map(({ ms }) => ms);

/** The same against an import key by key that lists the folder before each put. */
export const g2: Measure = {
  id: "G2",
  title: `Save in Parameter Store against the import pattern (list, put, ${all} times)`,
  floor: "as G1",
  run: async (given) =>
    await withSite(async (site) => {
      const rounds = Math.min(given, most);
      const pattern: Record<"first" | "again", Effort[]> = { first: [], again: [] };
      const ours: Record<"first" | 0 | 1 | 10, Effort[]> = { first: [], 0: [], 1: [], 10: [] };
      for (let round = 0; round < rounds; round++) {
        const path = `/pattern-${process.pid}/${round}`;
        const values = fresh(all);
        pattern.first.push(await site.run(listAndPut(path, values), attempts));
        ours.first.push(await site.save(values, "new"));
        ours[0].push(await site.save(values));
        // Whatever has changed, it puts everything.
        pattern.again.push(await site.run(listAndPut(path, values), attempts));
        for (const count of [1, 10] as const) ours[count].push(await site.save(fresh(count)));
      }
      const first = spread(ratios(waits(ours.first), waits(pattern.first)));
      const throttled = Math.max(...ours.first.map((one) => one.throttled));
      const faster = ([1, 10] as const).map((count): Figure => {
        const share = spread(ratios(waits(pattern.again), waits(ours[count])));
        const goal = count === 1 ? 50 : 25;
        return {
          what: `${count} of ${all} changed`,
          figure: `${withUnit(spread(waits(ours[count])), "ms")}, ${times(share)} faster`,
          against: `all again ${withUnit(spread(waits(pattern.again)), "ms")}`,
          goal: `>= ${goal} x`,
          met: share.median >= goal,
        };
      });
      return {
        figures: [
          {
            what: `${all} keys for the first time`,
            figure: `${withUnit(spread(waits(ours.first)), "ms")}, ${times(first)}`,
            against: `pattern ${withUnit(spread(waits(pattern.first)), "ms")}`,
            goal: "<= 1.0 x",
            met: first.median <= 1,
          },
          {
            what: "throttled calls of it",
            figure: String(throttled),
            against: `pattern ${Math.max(...pattern.first.map((one) => one.throttled))}`,
            goal: "0",
            met: throttled === 0,
          },
          {
            what: "nothing changed: puts",
            figure: String(Math.max(...ours[0].map(({ puts }) => puts))),
            against: `pattern ${Math.max(...pattern.again.map(({ puts }) => puts))}`,
            goal: "0",
            met: ours[0].every(({ puts }) => puts === 0),
          },
          ...faster,
        ],
        notes: [
          `At most ${most} rounds. The pattern's retries are the AWS SDK's own, ${attempts} attempts a call.`,
          "Most of the pattern's time is its listings being throttled. Without that it needs 27.9 s for the first import and 51 to 55 s for the next (an earlier measurement, not of this run): a first save is 1.01 x of that.",
        ],
      };
    }),
};
