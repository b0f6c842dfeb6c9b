import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import { KubeGone, type KubeEvent } from "./answers.ts";
import type { KubeClient } from "./client.ts";
import { text, type Json } from "./json.ts";

/** Lists of objects that watches keep up to date. */
export interface Following {
  /**
   * The objects of each list as of the newest event; "pending": not all lists have come yet; "lost": the cluster does
   * not answer at the moment.
   * @throws {KeyrollError} what the cluster refuses for good, such as a right that is missing.
   */
  lists(): ReadonlyMap<string, readonly Json[]> | "pending" | "lost";
  /** Resolves when that has changed since the last call, and after so many milliseconds at the latest. */
  change(ms: number): Promise<void>;
  [Symbol.dispose](): void;
}

export interface FollowHost {
  readonly client: Pick<KubeClient, "snapshot" | "watch">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Lists that count as empty when the cluster refuses them. */
  readonly optional?: ReadonlySet<string>;
}

/** Milliseconds before a stream that has ended is opened again, and before a cluster that did not answer is asked again. */
const pause = { ended: 100, lost: 1000 };
/** Events come in bunches: those of so many milliseconds are one change. */
const bunch = 20;

const passes = (error: unknown): boolean =>
  error instanceof KeyrollError && ["provider_unreachable", "provider_throttled"].includes(error.code);

interface One {
  objects: Map<string, Json> | null;
  isLost: boolean;
  refused: unknown;
}

/** Reads the list at `path` whole, then applies what its watch tells; anew when the watch has lost its place. */
const keepUp = async (
  path: string,
  one: One,
  changed: () => void,
  { client, clock, signal, isOptional }: Omit<FollowHost, "optional"> & { readonly isOptional: boolean },
): Promise<void> => {
  /** Where the watch goes on; null: the list has to be read first. */
  let from: string | null = null;

  const read = async (): Promise<string> => {
    const { items, resourceVersion } = await client.snapshot(path, { signal });
    one.objects = new Map(items.map((object) => [text(object, "metadata", "uid") ?? "", object]));
    one.isLost = false;
    changed();
    return resourceVersion;
  };

  const apply = ({ type, object }: KubeEvent): void => {
    if (type === "BOOKMARK") return;
    const uid = text(object, "metadata", "uid") ?? "";
    if (type === "DELETED") one.objects?.delete(uid);
    else one.objects?.set(uid, object);
    changed();
  };

  while (!signal.aborted) {
    try {
      from ??= await read();
      for await (const event of client.watch(path, from, signal)) {
        apply(event);
        from = text(event.object, "metadata", "resourceVersion") ?? from;
      }
      await clock.sleep(pause.ended, signal);
    } catch (error) {
      if (signal.aborted) return;
      from = null;
      const isGone = error instanceof KubeGone;
      // What is known stays good enough until the list has been read again, a moment later.
      if (!isGone) {
        if (passes(error)) one.isLost = true;
        else if (isOptional) one.objects = new Map();
        else one.refused = error;
        changed();
      }
      if (one.refused !== null || (isOptional && !isGone && !passes(error))) return;
      await clock.sleep(isGone ? pause.ended : pause.lost, signal);
    }
  }
};

/** Follows lists, name -> path, until it is disposed of or the signal aborts. */
export const follow = (paths: ReadonlyMap<string, string>, host: FollowHost): Following => {
  const end = new AbortController();
  const signal = AbortSignal.any([host.signal, end.signal]);
  let isChanged = false;
  let ring = (): void => undefined;
  const changed = (): void => {
    isChanged = true;
    ring();
  };
  const followed = [...paths].map(([name, path]) => {
    const one: One = { objects: null, isLost: false, refused: null };
    // Only the signal ends it otherwise.
    const isOptional = host.optional?.has(name) === true;
    keepUp(path, one, changed, { ...host, signal, isOptional }).catch(() => undefined);
    return { name, one };
  });
  return {
    lists: () => {
      const refused = followed.find(({ one }) => one.refused !== null);
      if (refused !== undefined) throw refused.one.refused;
      if (followed.some(({ one }) => one.isLost)) return "lost";
      if (followed.some(({ one }) => one.objects === null)) return "pending";
      return new Map(followed.map(({ name, one }) => [name, [...(one.objects?.values() ?? [])]]));
    },
    change: async (ms) => {
      if (!isChanged) {
        const timer = new AbortController();
        const rung = new Promise<void>((resolve) => {
          ring = resolve;
        });
        const over = host.clock.sleep(ms, AbortSignal.any([signal, timer.signal])).catch(() => undefined);
        await Promise.race([rung, over]);
        timer.abort();
      }
      await host.clock.sleep(bunch, signal);
      isChanged = false;
    },
    [Symbol.dispose]: () => end.abort(),
  };
};
