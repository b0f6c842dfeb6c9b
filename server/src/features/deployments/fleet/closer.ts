import { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredentials } from "../../../ports/clusters.ts";
import type { FleetPlace, Glance } from "../../../ports/fleet.ts";
import { isCounted } from "../../../proof/index.ts";
import { lookForDrift } from "../../cluster-drift.ts";
import type { Host } from "../../host.ts";
import { isSettled, openEntries, revertDrift, seenUnder } from "../../known-drift.ts";
import { appById, environmentById } from "../../subject.ts";
import { verdictsIn } from "../status.ts";
import { lastChanges, mirrorStates, noCounts, type Counts } from "./facts.ts";
import type { Watched } from "./watched.ts";

export interface LookingCloser {
  readonly host: Host;
  readonly credentials: ClusterCredentials;
  readonly signal: AbortSignal;
}

type Sight = Exclude<Glance, { readonly trouble: KeyrollError }>;

export const placeOf = ({ id, namespace, secretName, releaseName }: Watched): FleetPlace => ({
  environmentId: id,
  namespace,
  secretName,
  releaseName,
});

/** Of what drift rests on. */
const deployedMark = (host: Host, { newest }: Watched, { deployed }: Sight): string =>
  `${seenUnder(host.version, newest)}${deployed}/`;

/** What a verdict rests on: while it is the same, there is nothing to look at closer. */
export const markOf = (host: Host, facts: Watched, sight: Sight): string =>
  `${deployedMark(host, facts, sight)}${sight.pods}`;

/**
 * One environment: what others changed in it, where more than pods moved, and a verdict for each container. `at`: before it
 * was seen from afar, so what moves after its mark moves after that time.
 */
export const lookCloser = async (
  { host, credentials, signal }: LookingCloser,
  facts: Watched,
  { at, ...sight }: Sight & { readonly at: number },
): Promise<void> => {
  try {
    const isCompared = facts.mark?.startsWith(deployedMark(host, facts, sight)) === true;
    const mark = isCompared || (await compare(host, facts)) ? markOf(host, facts, sight) : "";
    const { mirror, pods } = await host.fleet.look(credentials, placeOf(facts), signal);
    const inCluster = mirror.ours ? mirror.revision : null;
    const goal = {
      revision: inCluster ?? 0,
      lastChange: await lastChanges(host.db, facts.id, inCluster ?? 0),
    };
    const { verdicts, isForeign } = await verdictsIn(host.db, facts.id, mirror, pods, goal);
    const counts: Record<keyof Counts, number> = { ...noCounts };
    for (const { verdict } of verdicts.filter(isCounted))
      if (verdict !== "draining" && verdict !== "finished" && verdict !== "in-flight") counts[verdict] += 1;
    const state = !mirror.exists ? "missing" : !mirror.ours ? "foreign" : isForeign ? "changed" : "ours";
    await noteSeen(host, facts.id, { mark, at, mirror: state, in_cluster: inCluster, counts: JSON.stringify(counts) });
  } catch (error) {
    if (signal.aborted || !(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    await noteTrouble(host, facts.id, error);
  }
};

/**
 * What others changed, in the timeline before it is judged. False: it could not be compared, and is to be again at the next
 * look, although nothing moves until then.
 */
const compare = async (host: Host, { id }: Watched): Promise<boolean> => {
  const environment = await environmentById(host.db, id);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null || environment.isMoving) return false;
  try {
    const known = await lookForDrift({ host, app, environment });
    if (openEntries(known).length > 0) await host.jobs.wake(revertDrift, id);
    return isSettled(known);
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    // What runs can be seen all the same; a cluster that does not answer says so there.
    host.log.warn({ environment: id, error: error.code }, "the cluster could not be looked at for drift");
    return false;
  }
};

/** What was seen before stays, with its time: the next look that succeeds replaces both. */
export const noteTrouble = async (host: Host, id: string, { message }: KeyrollError): Promise<void> => {
  const now = host.clock.now();
  const nothing = { at: 0, mirror: "unseen", in_cluster: null, counts: JSON.stringify(noCounts) };
  await keep(host, id, async () => {
    await host.db
      .insertInto("observations")
      .values({ environment_id: id, ...nothing, mark: "", trouble: message, trouble_since: now })
      .onConflict((conflict) =>
        conflict.column("environment_id").doUpdateSet((e) => ({
          mark: "",
          trouble: message,
          trouble_since: e.fn.coalesce("observations.trouble_since", e.val(now)),
        })),
      )
      .execute();
  });
};

interface Seen {
  readonly mark: string;
  readonly at: number;
  readonly mirror: (typeof mirrorStates)[number];
  readonly in_cluster: number | null;
  readonly counts: string;
}

const noteSeen = async (host: Host, id: string, seen: Seen): Promise<void> => {
  const row = { ...seen, trouble: null, trouble_since: null };
  await keep(host, id, async () => {
    await host.db
      .insertInto("observations")
      .values({ environment_id: id, ...row })
      .onConflict((conflict) =>
        // Two that looked at once: what was seen later stays.
        conflict.column("environment_id").doUpdateSet(row).where("observations.at", "<=", seen.at),
      )
      .execute();
  });
};

const keep = async (host: Host, id: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const isThere = await host.db.selectFrom("environments").select("id").where("id", "=", id).executeTakeFirst();
    // It was removed meanwhile.
    if (isThere !== undefined) throw error;
  }
};
