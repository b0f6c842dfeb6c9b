import { systemClock } from "../../server/src/adapters/clock/system.ts";
import type { Rates } from "../../server/src/adapters/pacer/bucket.ts";
import { createPacer } from "../../server/src/adapters/pacer/memory.ts";
import { createSystemRandom } from "../../server/src/adapters/random/system.ts";
import type { StoreHost } from "../../server/src/ports/secret-store.ts";

const unlimited: Rates = { "": { perSecond: 10_000, burst: 10_000 } };

/** The world of a store that is reached over the network: real time and chance, no master key, no database. */
export const testHost = (rates: Rates = unlimited): StoreHost => {
  const random = createSystemRandom(systemClock);
  const unused = (what: string) => () => {
    throw new Error(`a store of this kind does not use ${what}`);
  };
  return {
    clock: systemClock,
    random,
    pacer: createPacer({ clock: systemClock, random, rates }),
    keys: { wrap: unused("the master key"), unwrap: unused("the master key") } as unknown as StoreHost["keys"],
    egress: { check: () => undefined },
    variables: new Map(),
    localRows: unused("the database"),
  };
};
