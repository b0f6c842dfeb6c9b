import type { OutputOf, Routes } from "@keyroll/contract";
import type { Reader } from "../../../database/schema.ts";
import { instancesOf } from "../instances.ts";
import { sentenceOf, stateOf } from "../status.ts";
import { lastChanges, noCounts, type Counts, type FleetFacts, type Trouble } from "./facts.ts";

export type FleetView = OutputOf<Routes["status.list"]>["items"][number];
type State = FleetView["state"];

/** What runs, from the last observation or from what processes report. */
interface Running {
  readonly inCluster: number | null;
  readonly counts: Counts;
  readonly drift: boolean;
  readonly observedAt: number | null;
  readonly trouble: Trouble | null;
}

const processes = async (db: Reader, { id, published }: FleetFacts, now: number): Promise<Running> => {
  const goal = published ?? 0;
  const counts = { ...noCounts };
  const instances = await instancesOf(db, id, now);
  const wanted = instances.length === 0 ? new Map<string, number>() : await lastChanges(db, id, goal);
  for (const { revision, state, keys } of instances) {
    const has = revision === goal ? wanted : await lastChanges(db, id, revision);
    const own = keys === "all" ? [...wanted.keys(), ...has.keys()] : keys;
    if (own.some((key) => wanted.get(key) !== has.get(key))) counts.stale += 1;
    else counts[state === "starting" ? "blocked" : "current"] += 1;
  }
  return { inCluster: published, counts, drift: false, observedAt: now, trouble: null };
};

const cluster = ({ published, drift, seen, look }: FleetFacts): Running => {
  // Nothing of ours is there yet, so nothing was looked at.
  if (published === null) return { inCluster: null, counts: noCounts, drift: false, observedAt: null, trouble: null };
  const trouble = seen?.trouble ?? look.trouble;
  if (seen === null || seen.mirror === "unseen")
    return { inCluster: null, counts: noCounts, drift, observedAt: null, trouble };
  return {
    inCluster: seen.inCluster,
    counts: seen.counts,
    drift: drift || seen.mirror !== "ours",
    // A look that found it unmoved has seen it too.
    observedAt: trouble === null ? Math.max(seen.at, look.at ?? 0) : seen.at,
    trouble,
  };
};

const total = (counts: Counts): number => Object.values(counts).reduce((sum, one) => sum + one, 0);

/** 3: not as it should be; 2: somebody has to do something; 1: it is not done yet; 0: all is well. */
const urgencyOf = (state: State, { drift }: Running, failed: boolean): number => {
  if (state === "stale" || state === "unknown" || drift) return 3;
  if (failed || state === "not-live") return 2;
  return state === "running" ? 0 : 1;
};

const deploymentState = (text: string): NonNullable<FleetView["deployment"]>["state"] =>
  text === "queued" || text === "active" || text === "running" || text === "cancelled" ? text : "failed";

/** One environment as it stands: what the database knows, and what was last seen. No store and no cluster is asked. */
export const fleetView = async (db: Reader, facts: FleetFacts, now: number): Promise<FleetView> => {
  const running = facts.type === "process" ? await processes(db, facts, now) : cluster(facts);
  const { inCluster, counts, trouble } = running;
  const { saved, rolling, newest } = facts;
  const counted = total(counts);
  const current = counts.current === counted;
  const found = stateOf({ saved, inCluster, rolling, current, deployed: facts.published !== null });
  const then = sentenceOf(found, { saved, inCluster, counted, stale: counted - counts.current });
  const isUnseen = facts.published !== null && running.observedAt === null;
  const failed = newest !== null && deploymentState(newest.state) === "failed";
  // What is not seen now is not known now.
  const state = trouble !== null && !rolling ? "unknown" : found;
  return {
    app: facts.app,
    env: facts.env,
    kind: facts.kind,
    type: facts.type,
    connection: facts.connection,
    saved,
    inCluster,
    running: inCluster !== null && counted > 0 && current ? inCluster : null,
    state,
    sentence:
      rolling || (trouble === null && !isUnseen)
        ? then
        : isUnseen
          ? "What runs was not seen yet."
          : `What runs cannot be seen now; when it last could: ${then}`,
    urgency: urgencyOf(state, running, failed),
    counts,
    drift: running.drift,
    deployment: newest === null ? null : { number: newest.number, state: deploymentState(newest.state), at: newest.at },
    waiting: facts.waiting,
    observedAt: running.observedAt,
    trouble,
  };
};
