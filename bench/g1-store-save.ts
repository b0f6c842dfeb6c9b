import { times, withUnit, type Figure, type Measure } from "./measure.ts";
import { bareSave, fresh, quota, withSite, type Effort } from "./parameter-store.ts";
import { alternate, ratios, spread } from "./rounds.ts";

const sizes = [1, 10, 100] as const;
const all = 100;
/** A save of 100 keys takes half a minute, and what it takes is the quota's: more rounds say nothing new. */
const most = 5;

const waits = (effort: readonly Effort[]): number[] => effort.map(({ ms }) => ms);
const worst = (effort: readonly Effort[], what: "puts" | "throttled" | "refused" | "calls"): number =>
  Math.max(...effort.map((one) => one[what]));

/** A save into Parameter Store, over HTTP, against the bare calls that it cannot do without. */
export const g1: Measure = {
  id: "G1",
  title: `Save in Parameter Store (c of ${all} keys; ${quota.perSecond} puts/s, ${quota.burst} at once)`,
  floor: "the calls that no whole save can do without, each sent the moment the quota allows it",
  run: async (given) =>
    await withSite(async (site) => {
      const rounds = Math.min(given, most);
      await site.save(fresh(all));
      const figures: Figure[] = [];
      for (const count of sizes) {
        const { ours, floor } = await alternate(rounds, {
          ours: async () => await site.save(fresh(count)),
          floor: async () => await site.run(bareSave(fresh(count))),
        });
        const share = spread(ratios(waits(ours), waits(floor)));
        const failed = Math.max(worst(ours, "throttled"), worst(ours, "refused"));
        figures.push(
          {
            what: `a save of ${count} of ${all} keys`,
            figure: `${withUnit(spread(waits(ours)), "ms")}, ${times(share)}`,
            against: `bare calls ${withUnit(spread(waits(floor)), "ms")}`,
            goal: "<= 1.10 x",
            met: share.median <= 1.1,
          },
          {
            what: `puts of it, throttled or refused calls`,
            figure: `${worst(ours, "puts")} and ${failed}`,
            against: `${count} values and one record`,
            goal: `${count + 1} and 0`,
            met: ours.every(({ puts }) => puts === count + 1) && failed === 0,
          },
        );
      }
      const reads = [await site.read(), await site.read()];
      figures.push({
        what: `calls to read ${all} keys`,
        figure: `${worst(reads, "calls")}`,
        against: `${all / 10} batches`,
        goal: "<= 12",
        met: worst(reads, "calls") <= 12,
      });
      return {
        figures,
        notes: [
          `At most ${most} rounds. The emulator answers 20 ms later than it could; the account has rested before each save, and the server, which goes on running, has not saved for as long.`,
          "The bare calls are as many as Keyroll's own, and of the same kinds. What a save of few keys takes beside them is the server's work, and about the same for one key and for ten.",
        ],
      };
    }),
};
