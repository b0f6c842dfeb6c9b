import { createPacer } from "../../server/src/adapters/pacer/postgres.ts";
import { systemClock } from "../../server/src/adapters/clock/system.ts";
import { createSystemRandom } from "../../server/src/adapters/random/system.ts";
import { createBuckets } from "../../server/src/database/buckets.ts";
import { openDatabase } from "../../server/src/database/open.ts";

/** One server's pacer in a process of its own: `take-tokens URL PER_SECOND BURST COUNT` prints a line for each token. */
const [url = "", perSecond, burst, count] = process.argv.slice(2);
const database = await openDatabase(url);
const pacer = createPacer({
  clock: systemClock,
  random: createSystemRandom(systemClock),
  rates: { "": { perSecond: Number(perSecond), burst: Number(burst) } },
  buckets: createBuckets(database.db),
});
await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    await pacer.take("processes");
    process.stdout.write("token\n");
  }),
);
await database.close();
