import { KeyrollError } from "@keyroll/contract/errors";
import { acquireLease, releaseLease, renewLease } from "../../../database/leases.ts";
import type { Glances } from "../../../ports/fleet.ts";
import { unwrapCredentials } from "../../connection-credentials.ts";
import type { Host } from "../../host.ts";
import { revertDrift } from "../../known-drift.ts";
import { lookCloser, markOf, noteTrouble, placeOf, type LookingCloser } from "./closer.ts";
import { watched, type Watched } from "./watched.ts";

/** Milliseconds between two looks at a cluster, as long as a look is short. */
const every = 30_000;
/** A look that lasts longer makes the next one wait: a cluster is asked for at most this share of the time. */
const share = 0.1;
/** However long the first look at many environments lasted. */
const longest = 5 * 60_000;
/** Environments of a cluster that are looked at closer at the same time. */
const atOnce = 4;
/** Environments that are looked at because they moved, at a time: few enough to ask for them alone. */
const few = 10;
/** After a stream of the cluster was lost, before it is looked at again; twice as long each time that none lives, as behind a proxy. */
const pause = 1000;
const leaseLasts = 60_000;
/** Looks at one environment at once, and follows it: its deployment has ended. */
export const observeNow = "observe-environment";
const observeConnection = "observe-connection";

/**
 * Keeps the last observation of every environment that something was deployed to. A look at a cluster is a few lists of
 * metadata for all of its environments; closer is looked only where something moved since, and only where it was the Secret its store may be asked.
 */
export const startObserving = (host: Host): void => {
  /** Connection -> how long the last pause was. */
  const pauses = new Map<string, number>();
  host.jobs.on(observeConnection, async (id, signal) => await keepLooking(host, id, signal, pauses));
  host.jobs.on(observeNow, async (id, signal) => {
    const [facts] = await watched(host.db, { environmentIds: [id] });
    const credentials = facts === undefined ? null : await unwrapCredentials(host, facts.connectionId);
    if (facts === undefined || credentials === null) return;
    // A cluster that does not answer is the next look's to tell.
    await lookAt({ host, credentials, signal, beat: async () => undefined }, [facts]).catch(() => undefined);
    await host.jobs.wake(observeConnection, facts.connectionId);
  });
  host.jobs.every("observe", every, async () => {
    const rows = await host.db
      .selectFrom("environments")
      .select("connection_id")
      .distinct()
      .where("type", "!=", "process")
      .execute();
    for (const { connection_id: id } of rows) await host.jobs.wake(observeConnection, id);
  });
};

/** Looks at all of a cluster's environments, and then at those that are told to move, until it is time to look again. */
const keepLooking = async (host: Host, id: string, signal: AbortSignal, pauses: Map<string, number>): Promise<void> => {
  const held = await acquireLease(host, `observe:${id}`, host.instance, leaseLasts);
  if (held === null) return;
  try {
    const at = host.clock.now();
    const fleet = await watched(host.db, { connectionId: id });
    const credentials = fleet.length === 0 ? null : await unwrapCredentials(host, id);
    if (credentials === null) return;
    let renewed = at;
    const beat = async (): Promise<void> => {
      if (host.clock.now() < renewed + leaseLasts / 4) return;
      renewed = host.clock.now();
      await renewLease(host, held, leaseLasts);
    };
    const looking = { host, credentials, signal, beat };
    const glances = await lookAt(looking, fleet, at);
    const took = host.clock.now() - at;
    await noteLook(host, id, { done: { at, took }, trouble: null });
    const isLost = await followMoves(looking, glances, Math.min(longest, Math.max(every - took, took / share)));
    const before = pauses.get(id) ?? 0;
    pauses.delete(id);
    if (!isLost) return;
    const untilNext = every - (host.clock.now() - at);
    const next = Math.max(pause, Math.min(untilNext, Math.max(2 * before, took / share)));
    pauses.set(id, next);
    await host.clock.sleep(next, signal);
    await host.jobs.wake(observeConnection, id);
  } catch (error) {
    if (signal.aborted || (error instanceof KeyrollError && error.code === "lease_lost")) return;
    if (!(error instanceof KeyrollError)) throw error;
    host.log.warn({ connection: id, error: error.code }, "the cluster could not be looked at");
    await noteLook(host, id, { trouble: error.message });
  } finally {
    await releaseLease(host, held);
  }
};

/** For so many milliseconds; whether the cluster was lost before. */
const followMoves = async (looking: Looking, glances: Glances, ms: number): Promise<boolean> => {
  const { host, signal, beat } = looking;
  const over = new AbortController();
  const beating = async (): Promise<void> => {
    const end = host.clock.now() + ms;
    try {
      for (let left = ms; left > 0; left = end - host.clock.now()) {
        await host.clock.sleep(Math.min(left, leaseLasts / 4), AbortSignal.any([signal, over.signal]));
        await beat();
      }
    } finally {
      over.abort();
    }
  };
  const beats = beating();
  // Its end ends what follows; why it ended is told there.
  beats.catch(() => undefined);
  try {
    for await (const ids of glances.moves(AbortSignal.any([signal, over.signal]))) {
      const began = host.clock.now();
      for (let from = 0; from < ids.length; from += few)
        await lookAt(looking, await watched(host.db, { environmentIds: ids.slice(from, from + few) }));
      await host.clock
        .sleep((host.clock.now() - began) / share, AbortSignal.any([signal, over.signal]))
        .catch(() => undefined);
    }
    const isLost = !signal.aborted && !over.signal.aborted;
    if (over.signal.aborted) await beats;
    return isLost;
  } finally {
    over.abort();
  }
};

const noteLook = async (
  host: Host,
  id: string,
  {
    done,
    trouble,
  }: { readonly done?: { readonly at: number; readonly took: number }; readonly trouble: string | null },
): Promise<void> => {
  const now = trouble === null ? null : host.clock.now();
  await host.db
    .insertInto("connection_looks")
    .values({ connection_id: id, at: null, took: null, ...done, trouble, trouble_since: now })
    .onConflict((conflict) =>
      conflict.column("connection_id").doUpdateSet((e) => ({
        ...done,
        trouble,
        // Since when is told from the first time on.
        trouble_since: now === null ? null : e.fn.coalesce("connection_looks.trouble_since", e.val(now)),
      })),
    )
    .execute();
};

interface Looking extends LookingCloser {
  /** Says that this server is still at it. @throws {KeyrollError} `lease_lost`. */
  readonly beat: () => Promise<void>;
}

/** Looks at all of them from afar, and closer at those that moved. @throws when the cluster does not answer. */
const lookAt = async (
  looking: Looking,
  fleet: readonly Watched[],
  at: number = looking.host.clock.now(),
): Promise<Glances> => {
  const { host, credentials, signal, beat } = looking;
  const glances = await host.fleet.glance(credentials, fleet.map(placeOf), signal);
  const isNews = (facts: Watched): boolean => {
    const glance = glances.of.get(facts.id);
    if (glance === undefined) return false;
    if ("trouble" in glance) return facts.trouble !== glance.trouble.message;
    return facts.mark !== markOf(host, facts, glance);
  };
  const rest = fleet.filter(isNews);
  const one = async (): Promise<void> => {
    for (let facts = rest.pop(); facts !== undefined; facts = rest.pop()) {
      signal.throwIfAborted();
      await beat();
      const glance = glances.of.get(facts.id);
      if (glance === undefined) continue;
      if ("trouble" in glance) await noteTrouble(host, facts.id, glance.trouble);
      else await lookCloser(looking, facts, { ...glance, at });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rest.length) }, one));
  // What could not be put back yet, or came back, does not move again.
  for (const { id, drift } of fleet) if (drift) await host.jobs.wake(revertDrift, id);
  return glances;
};
