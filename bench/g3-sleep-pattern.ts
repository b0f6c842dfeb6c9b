import { times, withUnit, type Figure, type Measure } from "./measure.ts";
import { bareSave, fresh, putAndSleep, withSite, type Effort } from "./parameter-store.ts";
import { ratios, spread } from "./rounds.ts";

/** What sleeps 100 times a second takes that long each time. */
const most = 3;
const goals = { 10: 50, 100: 3.5 } as const;

const waits = (effort: readonly Effort[]): number[] => effort.map(({ ms }) => ms);

/** The same against a program that sleeps a second after each put. */
export const g3: Measure = {
  id: "G3",
  title: "Save in Parameter Store against a program that sleeps a second a key",
  floor: "as G1",
  run: async (given) =>
    await withSite(async (site) => {
      const rounds = Math.min(given, most);
      const figures: Figure[] = [];
      await site.save(fresh(100));
      for (const count of [10, 100] as const) {
        const ours: Effort[] = [];
        const pattern: Effort[] = [];
        const bare: Effort[] = [];
        for (let round = 0; round < rounds; round++) {
          const values = fresh(count);
          pattern.push(await site.run(putAndSleep(`/sleep-${process.pid}/${count}-${round}`, values), 10));
          ours.push(await site.save(values));
          bare.push(await site.run(bareSave(fresh(count))));
        }
        const share = spread(ratios(waits(pattern), waits(ours)));
        figures.push({
          what: `a save of ${count} keys`,
          figure: `${withUnit(spread(waits(ours)), "ms")}, ${times(share)} faster`,
          against: `pattern ${withUnit(spread(waits(pattern)), "ms")}`,
          goal: `>= ${goals[count]} x`,
          met: share.median >= goals[count],
        });
        figures.push({
          what: `the bare calls of it (as in G1)`,
          figure: `${withUnit(spread(waits(bare)), "ms")}, ${times(spread(ratios(waits(pattern), waits(bare))))} faster`,
          against: "the same",
          goal: "-",
          met: null,
        });
      }
      return { figures, notes: [`At most ${most} rounds. What the bare calls do not reach no program can.`] };
    }),
};
