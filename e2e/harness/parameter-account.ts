import { expect } from "vitest";
import { CallFailed, type Parameter, type Parameters } from "../../server/src/adapters/stores/aws-ssm/parameters.ts";
import type { StoreHost } from "../../server/src/ports/secret-store.ts";

/** Chance that can be repeated (mulberry32). */
export const chanceOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const kept = 100;

interface Version extends Parameter {
  /** Readers see it from then on; a lagging replica does not have it before. */
  readonly seenFrom: number;
}

/** One account's parameters in memory, as strict and as careless as the service is allowed to be. */
export class Account {
  now = 1_700_000_000_000;
  readonly chance: () => number;
  readonly parameters = new Map<string, Version[]>();
  calls = 0;

  constructor(seed: number) {
    this.chance = chanceOf(seed);
  }

  write(name: string, value: string, overwrite: boolean): number {
    const versions = this.parameters.get(name) ?? [];
    if (versions.length > 0 && !overwrite) throw new CallFailed("exists", "PutParameter", "ParameterAlreadyExists");
    if (value.length === 0 || value.length > 4096 || value.includes("{{"))
      throw new CallFailed("refused", "PutParameter", "ValidationException");
    const version = (versions.at(-1)?.version ?? 0) + 1;
    const lag = this.chance() < 0.2 ? this.chance() * 400 : 0;
    versions.push({ name, value, version, at: this.now, seenFrom: this.now + lag });
    this.parameters.set(name, versions.slice(-kept));
    return version;
  }

  seen(name: string): Version[] {
    return (this.parameters.get(name) ?? []).filter(({ seenFrom }) => seenFrom <= this.now);
  }
}

/** A process ended here. */
export class Crash extends Error {}

/**
 * The account as one process reaches it: replies are lost, calls throttled, and one call may be its last.
 *
 * @param isLucky no reply is lost and nothing throttled; reads may lag all the same
 */
export const processOn = (
  account: Account,
  lastCall: number,
  isLucky = false,
): { parameters: Parameters; host: StoreHost } => {
  let calls = 0;
  const call = async <T>(action: string, run: () => T): Promise<T> => {
    calls += 1;
    account.calls += 1;
    for (let pauses = Math.floor(account.chance() * 4); pauses > 0; pauses--) await Promise.resolve();
    account.now += account.chance() * 20;
    const dies = calls >= lastCall;
    if (calls > lastCall || (dies && account.chance() < 0.5)) throw new Crash();
    const luck = isLucky ? 1 : account.chance();
    if (luck < 0.05) throw new CallFailed("throttled", action, "ThrottlingException");
    if (luck < 0.1) throw new CallFailed("lost", action, "ECONNRESET");
    const answer = run();
    if (dies) throw new Crash();
    if (luck < 0.2) throw new CallFailed("lost", action, "ECONNRESET");
    return answer;
  };
  const unused = () => expect.fail("not used");
  const parameters: Parameters = {
    put: async ({ name, value, overwrite }) => await call("PutParameter", () => account.write(name, value, overwrite)),
    get: async (selectors) =>
      await call("GetParameters", () =>
        selectors.flatMap((selector) => {
          const [name = "", version] = selector.split(":");
          const versions = account.seen(name);
          return (
            (version === undefined ? versions.at(-1) : versions.find((one) => one.version === Number(version))) ?? []
          );
        }),
      ),
    list: async (path, next) =>
      await call("GetParametersByPath", () => {
        const names = [...account.parameters.keys()]
          .filter((name) => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes("/"))
          .toSorted();
        const from = Number(next ?? 0);
        const size = Math.floor(account.chance() * 11);
        const items = names.slice(from, from + size).flatMap((name) => account.seen(name).at(-1) ?? []);
        return { items, next: from + size < names.length ? String(from + size) : null };
      }),
    tree: unused,
    remove: async (names) =>
      await call("DeleteParameters", () => {
        for (const name of names) account.parameters.delete(name);
      }),
    history: async () => unused(),
    throughput: async () => await call("GetServiceSetting", () => null),
  };
  const host: StoreHost = {
    clock: {
      now: () => account.now,
      sleep: async (ms) => {
        await Promise.resolve();
        account.now += ms;
      },
    },
    random: {
      bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(account.chance() * 256)),
      fraction: account.chance,
      id: () => String(account.chance()),
    },
    pacer: { take: async () => undefined, throttled: async () => undefined, expects: () => 0 },
    keys: { wrap: unused, unwrap: unused } as unknown as StoreHost["keys"],
    egress: { check: unused },
    variables: new Map(),
    localRows: unused,
  };
  return { parameters, host };
};
