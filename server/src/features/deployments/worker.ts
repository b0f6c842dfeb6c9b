import { KeyrollError } from "@keyroll/contract/errors";
import { acquireLease, heldScopes, releaseLease, renewLease, type Lease } from "../../database/leases.ts";
import type { Host } from "../host.ts";
import { claimNext, nextOf } from "./claim.ts";
import { follow } from "./follow.ts";

/** How long a worker may be silent before another takes over, and how often it speaks. */
const leaseLasts = 15_000;
const renewEvery = 4000;
/** How soon it speaks again when the database did not hear it. */
const repeatAfter = 1000;
const sweepEvery = 5000;

const leaseOf = (environmentId: string): string => `environment:${environmentId}`;

/** Works through the deployments of woken environments, and at start and on a timer of those that nobody holds. */
export const startWorker = (host: Host): void => {
  host.jobs.on("deployments", async (id, signal) => await work(host, id, signal));
  host.jobs.every("deployments", sweepEvery, async () => {
    const rows = await host.db
      .selectFrom("deployment_runs")
      .select("environment_id")
      .distinct()
      .where("state", "in", ["queued", "active"])
      .execute();
    const held = await heldScopes(
      host,
      rows.map((row) => leaseOf(row.environment_id)),
    );
    for (const row of rows)
      if (!held.has(leaseOf(row.environment_id))) await host.jobs.wake("deployments", row.environment_id);
  });
};

const work = async (host: Host, environmentId: string, stop: AbortSignal): Promise<void> => {
  if ((await nextOf(host.db, environmentId)) === null) return;
  const lease = await acquireLease(host, leaseOf(environmentId), host.instance, leaseLasts);
  if (lease === null) return;
  const ended = new AbortController();
  const lost = new AbortController();
  const beat = keepLease(host, lease, ended.signal, lost);
  const signal = AbortSignal.any([stop, lost.signal]);
  try {
    for (let next = await claimNext(host, lease, environmentId); next !== null && !signal.aborted;) {
      await follow(host, next, lease, signal);
      const after = await claimNext(host, lease, environmentId);
      if (after === next) break;
      next = after;
    }
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    host.log.warn({ environment: environmentId }, "this worker was silent for too long and was overtaken");
    return;
  } finally {
    ended.abort();
    await beat;
    await releaseLease(host, lease);
  }
  // Whoever was woken while the lease was held went away again: it was ours to look once more. Another server takes
  // what this one leaves when it stops.
  if ((await nextOf(host.db, environmentId)) !== null) await host.jobs.wake("deployments", environmentId);
};

/** A database that is away for less than the lease lasts ends nothing: a Helm that is at work would be cut off. */
const keepLease = async (host: Host, lease: Lease, until: AbortSignal, lost: AbortController): Promise<void> => {
  let over = host.clock.now() + leaseLasts;
  let wait = renewEvery;
  while (!until.aborted) {
    await host.clock.sleep(wait, until).catch(() => undefined);
    if (until.aborted) return;
    try {
      const now = host.clock.now();
      await renewLease(host, lease, leaseLasts);
      over = now + leaseLasts;
      wait = renewEvery;
    } catch (error) {
      wait = repeatAfter;
      if (!(error instanceof KeyrollError) && host.clock.now() + wait < over) continue;
      lost.abort(error);
      return;
    }
  }
};
