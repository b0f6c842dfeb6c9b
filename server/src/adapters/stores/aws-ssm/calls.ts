import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import type { AccountSettings } from "../../cloud/aws/settings.ts";
import { awsBucket } from "../aws-bucket.ts";
import {
  CallFailed,
  type HistoryPage,
  type Page,
  type Parameter,
  type Parameters,
  type Put,
  type Writing,
} from "./parameters.ts";
import { orKeyrollError, toKeyrollError } from "./refusals.ts";

/** Names that one GetParameters or DeleteParameters takes. */
export const batch = 10;
/** Batches of one read that are under way together. */
const readsAtOnce = 4;
const throttledAttempts = 10;
const lostAttempts = 5;

/** Parameter Store, paced and repeated where repeating is safe. */
export interface Calls {
  /**
   * @throws {CallFailed} `exists`, `advanced`, or `lost` when it may have been carried out: the caller finds out which.
   * @throws {KeyrollError} `provider_throttled`, `provider_denied`: nothing was changed.
   */
  put(put: Put, signal?: AbortSignal): Promise<number>;
  /** Any number of selectors; by selector, without those that are not there. */
  get(selectors: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Parameter>>;
  /** At most a batch, asked for once; what is found, or nothing when it fails. */
  getOnce(selectors: readonly string[]): Promise<readonly Parameter[]>;
  /** All that lies directly below the path, with versions and times and without values. */
  list(path: string): Promise<readonly Parameter[]>;
  /** One page, of what lies directly below the path or of everything below it. */
  page(path: string, next: string | null, depth: "direct" | "all"): Promise<Page>;
  /** Who wrote each version of a parameter, oldest first; none: it is not there. */
  writings(name: string): Promise<readonly Writing[]>;
  /** Any number of names. */
  remove(names: readonly string[]): Promise<void>;
  /** Milliseconds until so many puts more have gone out, by what is known of the quota. */
  expects(puts: number): number;
  /** Full jitter: a random part of a time that doubles with each attempt, at most five seconds. */
  pause(attempt: number, signal?: AbortSignal): Promise<void>;
}

export const createCalls = (
  parameters: Parameters,
  place: AccountSettings,
  { pacer, clock, random }: Pick<StoreHost, "pacer" | "clock" | "random">,
): Calls => {
  const pause = async (attempt: number, signal?: AbortSignal): Promise<void> =>
    await clock.sleep(random.fraction() * Math.min(5000, 100 * 2 ** attempt), signal);

  /** `repeats`: whether a lost answer may simply be asked for again. */
  const paced = async <T>(
    bucket: "put" | "get" | "history" | "delete",
    repeats: boolean,
    send: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const name = awsBucket(`aws-ssm:${bucket}`, place);
    for (let throttled = 0, lost = 0; ;) {
      await pacer.take(name, signal);
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        if (error.failure === "throttled") {
          // Another writer of the one parameter: it says nothing of the account's pace.
          if (error.reason !== "TooManyUpdates") await pacer.throttled(name);
          if (++throttled >= throttledAttempts) throw error;
        } else if (!(error.failure === "lost" && repeats && ++lost < lostAttempts)) throw error;
      }
      await pause(throttled + lost, signal);
    }
  };

  const getBatch = async (selectors: readonly string[], signal?: AbortSignal): Promise<readonly Parameter[]> => {
    try {
      return await paced("get", true, async () => await parameters.get(selectors, signal), signal);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      const [only] = selectors;
      if (error.failure !== "refused" || selectors.length === 1) throw toKeyrollError(error, only ?? "nothing");
      // One that is denied or cannot be decrypted fails the batch: find out which.
      for (const selector of selectors) await getBatch([selector], signal);
      throw toKeyrollError(error, selectors.join(", "));
    }
  };

  const page = async (path: string, next: string | null, depth: "direct" | "all"): Promise<Page> =>
    await orKeyrollError(
      path,
      async () =>
        await paced("get", true, async () =>
          depth === "all" ? await parameters.tree(path, next) : await parameters.list(path, next),
        ),
    );

  return {
    pause,
    page,
    expects: (puts) => pacer.expects(awsBucket("aws-ssm:put", place), puts),
    put: async (put, signal) => {
      try {
        return await paced("put", false, async () => await parameters.put(put, signal), signal);
      } catch (error) {
        if (!(error instanceof CallFailed) || ["exists", "advanced", "lost"].includes(error.failure)) throw error;
        throw toKeyrollError(error, put.name);
      }
    },
    get: async (selectors, signal) => {
      const found = new Map<string, Parameter>();
      const wanted = new Set(selectors);
      await inParallel(readsAtOnce, inBatches([...wanted]), async (some) => {
        for (const parameter of await getBatch(some, signal)) {
          // Answers come in any order; the selector is found again by name and version.
          const pinned = `${parameter.name}:${parameter.version}`;
          found.set(wanted.has(pinned) ? pinned : parameter.name, parameter);
        }
      });
      return found;
    },
    getOnce: async (selectors) => {
      const name = awsBucket("aws-ssm:get", place);
      await pacer.take(name);
      try {
        return await parameters.get(selectors);
      } catch (error) {
        if (error instanceof CallFailed && error.failure === "throttled") await pacer.throttled(name);
        if (error instanceof CallFailed || error instanceof KeyrollError) return [];
        throw error;
      }
    },
    list: async (path) => {
      const items: Parameter[] = [];
      for (let next: string | null = null; ;) {
        const some: Page = await page(path, next, "direct");
        items.push(...some.items);
        if (some.next === null) return items;
        next = some.next;
      }
    },
    writings: async (name) => {
      const all: Writing[] = [];
      for (let next: string | null = null; ;) {
        const page: HistoryPage = await orKeyrollError(
          name,
          async () => await paced("history", true, async () => await parameters.history(name, next)),
        );
        all.push(...page.items);
        if (page.next === null) return all;
        next = page.next;
      }
    },
    remove: async (names) => {
      for (const some of inBatches(names)) {
        await orKeyrollError(
          some.join(", "),
          async () => await paced("delete", true, async () => await parameters.remove(some)),
        );
      }
    },
  };
};

/** As many as one request takes. */
export const inBatches = (names: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(names.length / batch) }, (_, i) => names.slice(i * batch, (i + 1) * batch));

/**
 * At most `limit` under way together. After a failure none is begun, and those under way are waited for: when it
 * throws, nothing goes on behind the caller's back.
 */
export const inParallel = async <T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = [];
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined && failures.length === 0; item = rest.shift()) {
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
};
