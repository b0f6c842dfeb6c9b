import { KeyrollError } from "@keyroll/contract/errors";
import type { FleetPlace } from "../../ports/fleet.ts";
import type { GlanceHost, Listed } from "./glance.ts";
import { text } from "./json.ts";

/** So many streams to one cluster at most; where each namespace would need its own, looking now and then has to do. */
const most = 12;
/** Events come in bunches: a rollout is many. Milliseconds in which they are one hint. */
const bunch = 500;

/**
 * Environments in whose namespace a Secret of ours or a pod changed since these lists, told by watches of them. Ends when one
 * of these is lost: the lists have to be read anew.
 */
export const moves = async function* (
  { clock }: Pick<GlanceHost, "clock">,
  places: readonly FleetPlace[],
  lists: readonly Listed[],
  signal: AbortSignal,
): AsyncGenerator<readonly string[], void, undefined> {
  const byNamespace = Map.groupBy(places, ({ namespace }) => namespace);
  const moved = new Set<string>();
  const lost = new AbortController();
  let ring = (): void => undefined;
  const listen = async ({ client, path, query, from }: Listed): Promise<void> => {
    try {
      for await (const { type, object } of client.watch(path, from, signal, { query, metadataOnly: true })) {
        if (type === "BOOKMARK") continue;
        for (const { environmentId } of byNamespace.get(text(object, "metadata", "namespace") ?? "") ?? [])
          moved.add(environmentId);
        if (moved.size > 0) ring();
      }
      lost.abort();
    } catch (error) {
      // Whoever may list and not watch is looked at now and then.
      if (!(error instanceof KeyrollError && error.code === "provider_denied")) lost.abort();
    }
    ring();
  };
  const heard = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const listening = lists.length > most ? [] : lists.map(listen);
  while (!signal.aborted && !lost.signal.aborted) {
    if (moved.size === 0) {
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
      await Promise.race([heard, rung]);
    }
    await clock.sleep(bunch, signal).catch(() => undefined);
    const ids = [...moved];
    moved.clear();
    if (ids.length > 0 && !signal.aborted) yield ids;
  }
  if (signal.aborted) await Promise.all(listening);
};
