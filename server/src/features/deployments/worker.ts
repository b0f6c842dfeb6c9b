import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal, type JournalEvent } from "../../database/journal.ts";
import { acquireLease, releaseLease, renewLease, requireLease, type Lease } from "../../database/leases.ts";
import type { Tx } from "../../database/schema.ts";
import type { Host } from "../host.ts";
import { appById, environmentById } from "../subject.ts";
import { createJob, type Job } from "./job.ts";
import { openTarget } from "../open-target.ts";
import { fallbackStart, stepAfter, stepAt } from "./pipeline.ts";
import { deploymentById, type DeploymentRow } from "./queries.ts";

/** How long a worker may be silent before another takes over, and how often it speaks. */
const leaseLasts = 15_000;
const renewEvery = 4000;
const lookForCancel = 500;
const sweepEvery = 1000;

class Cancelled extends Error {}

/** Claims queued deployments and those whose worker died: by wake-up, at start, and on a timer. */
export const startWorker = (host: Host): void => {
  host.jobs.on("deployments", async (id, signal) => await work(host, id, signal));
  host.jobs.every(sweepEvery, async () => {
    const rows = await host.db
      .selectFrom("deployment_runs")
      .innerJoin("deployments", "deployments.id", "deployment_runs.deployment_id")
      .select("deployment_runs.deployment_id")
      .where("deployment_runs.state", "!=", "done")
      .orderBy("deployments.number")
      .execute();
    for (const row of rows) await host.jobs.wake("deployments", row.deployment_id);
  });
};

const work = async (host: Host, id: string, stop: AbortSignal): Promise<void> => {
  const row = await deploymentById(host.db, id);
  if (row === null || row.state === "done") return;
  const lease = await acquireLease(host, `environment:${row.environmentId}`, `${host.instance}:${id}`, leaseLasts);
  if (lease === null) return;
  const ended = new AbortController();
  const lost = new AbortController();
  const beat = keepLease(host, lease, ended.signal, lost);
  try {
    if (await isNext(host, lease, row)) await follow(host, row.id, lease, AbortSignal.any([stop, lost.signal]));
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "lease_lost")) throw error;
  } finally {
    ended.abort();
    await beat;
    await releaseLease(host, lease);
  }
};

const keepLease = async (host: Host, lease: Lease, until: AbortSignal, lost: AbortController): Promise<void> => {
  while (!until.aborted) {
    await host.clock.sleep(renewEvery, until).catch(() => undefined);
    if (until.aborted) return;
    try {
      await renewLease(host, lease, leaseLasts);
    } catch (error) {
      lost.abort(error);
      return;
    }
  }
};

/** Deployments of an environment run one after the other, in the order of their numbers. */
const isNext = async (host: Host, lease: Lease, row: DeploymentRow): Promise<boolean> =>
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const first = await tx
      .selectFrom("deployment_runs")
      .innerJoin("deployments", "deployments.id", "deployment_runs.deployment_id")
      .select("deployments.id")
      .where("deployment_runs.environment_id", "=", row.environmentId)
      .where("deployment_runs.state", "!=", "done")
      .orderBy("deployments.number")
      .limit(1)
      .executeTakeFirst();
    if (first?.id !== row.id) return false;
    await tx
      .updateTable("deployment_runs")
      .set((e) => ({ state: "active", started_at: e.fn.coalesce("started_at", e.val(host.clock.now())) }))
      .where("deployment_id", "=", row.id)
      .execute();
    return true;
  });

const follow = async (host: Host, id: string, lease: Lease, signal: AbortSignal): Promise<void> => {
  const row = await deploymentById(host.db, id);
  const environment = row === null ? null : await environmentById(host.db, row.environmentId);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (row === null || environment === null || app === null) return;
  const cancel = new AbortController();
  const ended = new AbortController();
  const watching = watchForCancel(host, id, cancel, ended.signal);
  try {
    const target = await openTarget(host, app, environment);
    for (
      let current: DeploymentRow | null = row;
      current !== null && current.state !== "done";
      current = await deploymentById(host.db, id)
    ) {
      const stoppable = current.aim === "goal" ? AbortSignal.any([signal, cancel.signal]) : signal;
      const { job } = createJob({ host, app, environment, target, lease, signal: stoppable }, current);
      await takeStep(job, cancel.signal, signal);
    }
  } catch (error) {
    if (signal.aborted) return;
    const failed = await deploymentById(host.db, id);
    if (failed === null || (error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    const { job } = createJob({ host, app, environment, target: unreachable, lease, signal }, failed);
    await fail(job, error);
  } finally {
    ended.abort();
    await watching;
  }
};

/** Stands in when the target could not even be opened: nothing of it is called while a failure is recorded. */
const unreachable = {
  render: async () => null,
  mirror: async () => null,
  write: async () => await Promise.reject(new KeyrollError("internal", "no target")),
  // eslint-disable-next-line require-yield
  roll: async function* () {
    throw new KeyrollError("internal", "no target");
  },
  observe: async () => ({ workloads: [], pods: [], at: 0 }),
  recover: async () => [],
  evict: async () => [],
  uninstall: async () => undefined,
} satisfies Job["target"];

const watchForCancel = async (host: Host, id: string, cancel: AbortController, until: AbortSignal): Promise<void> => {
  while (!until.aborted && !cancel.signal.aborted) {
    const row = await host.db
      .selectFrom("deployment_runs")
      .select("cancel_requested")
      .where("deployment_id", "=", id)
      .executeTakeFirst();
    if (row?.cancel_requested === 1) cancel.abort(new Cancelled());
    await host.clock.sleep(lookForCancel, until).catch(() => undefined);
  }
};

/** Runs the step at the cursor and moves the cursor, or decides what a failure means. */
const takeStep = async (job: Job, cancel: AbortSignal, stop: AbortSignal): Promise<void> => {
  const { step: name, aim, cancelRequested } = job.row;
  try {
    if (cancelRequested && aim === "goal") throw new Cancelled();
    await job.journal({ type: "step", step: name, aim, state: "started", message: "" });
    const message = await stepAt(name).run(job);
    await advance(job, message);
  } catch (error) {
    // A worker that stops or was fenced out says nothing: the next one runs the same step again.
    if (stop.aborted || (error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    await fail(job, cancel.aborted && aim === "goal" ? new Cancelled() : error);
  }
};

/** The cursor and its journal entry are one transaction, refused when the lease is gone. */
const move = async (
  job: Job,
  change: (tx: Tx, now: number) => Promise<void>,
  ...events: readonly JournalEvent[]
): Promise<void> => {
  const { host, environment, row, lease } = job;
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const now = host.clock.now();
    await change(tx, now);
    for (const event of events) await appendJournal(tx, environment.id, row.id, now, event);
  });
};

const advance = async (job: Job, message: string): Promise<void> => {
  const { row } = job;
  const done: JournalEvent = { type: "step", step: row.step, aim: row.aim, state: "done", message };
  // The way back ends with its proof: what was leaving may still be named by pods that came back.
  const next = row.aim === "fallback" && row.step === "prove" ? null : stepAfter(row.step);
  if (next !== null) {
    await move(
      job,
      async (tx) => {
        await tx.updateTable("deployment_runs").set({ step: next }).where("deployment_id", "=", row.id).execute();
      },
      done,
    );
    return;
  }
  if (row.aim === "goal") await finish(job, "running", "goal", running(job), done);
  else
    await finish(
      job,
      row.facts.cancelled ? "cancelled" : "failed",
      "previous",
      `${row.facts.failure ?? "It failed."} The previous state is back and proven.`,
      done,
    );
};

const running = ({ row }: Job): string => {
  const held = row.facts.held.length === 0 ? "" : ` Held back on purpose: ${row.facts.held.join(", ")}.`;
  return row.options.restart
    ? `Revision ${row.goal.revision} is running.${held}`
    : `Revision ${row.goal.revision} is in the cluster; nothing was restarted.`;
};

const sentenceOf = (error: unknown): string => {
  if (error instanceof Cancelled) return "Cancelled.";
  if (error instanceof KeyrollError) return `${error.message} ${error.facts.next ?? ""}`.trim();
  return "Something went wrong inside Keyroll.";
};

/** Before the write nothing was changed; after it the previous state comes back, or everything is held as it is. */
const fail = async (job: Job, error: unknown): Promise<void> => {
  const { row, environment, host } = job;
  const sentence = sentenceOf(error);
  const cancelled = error instanceof Cancelled;
  if (!cancelled && !(error instanceof KeyrollError)) {
    host.log.error(
      { deployment: row.id, step: row.step, error: error instanceof Error ? error.name : typeof error },
      "a deployment step failed unexpectedly",
    );
  }
  const failed: JournalEvent = { type: "step", step: row.step, aim: row.aim, state: "failed", message: sentence };
  if (row.aim === "fallback") {
    await finish(
      job,
      "failed",
      "mixed",
      `${row.facts.failure ?? "It failed."} The way back failed too (${row.step}): ${sentence}`,
      failed,
    );
    return;
  }
  if (!row.facts.written) {
    await finish(job, cancelled ? "cancelled" : "failed", "unchanged", `${sentence} Nothing was changed.`, failed);
    return;
  }
  if (row.fallback === null || environment.settings.onFailure === "hold") {
    const why =
      row.fallback === null ? "there is nothing to go back to" : "the environment is set to hold after a failure";
    await finish(job, cancelled ? "cancelled" : "failed", "goal", `${sentence} It is left as it is: ${why}.`, failed);
    return;
  }
  const facts = JSON.stringify({ ...row.facts, failure: sentence, cancelled });
  await move(
    job,
    async (tx) => {
      await tx
        .updateTable("deployment_runs")
        .set({ aim: "fallback", step: fallbackStart, facts })
        .where("deployment_id", "=", row.id)
        .execute();
    },
    failed,
    { type: "log", message: "Going back to what ran before: the previous secrets first, then the previous release." },
  );
};

const finish = async (
  job: Job,
  verdict: "running" | "failed" | "cancelled",
  live: string,
  outcome: string,
  ...events: readonly JournalEvent[]
): Promise<void> => {
  const { row, host } = job;
  await move(
    job,
    async (tx, now) => {
      await tx
        .updateTable("deployment_runs")
        .set({ state: "done", verdict, live, outcome, ended_at: now })
        .where("deployment_id", "=", row.id)
        .execute();
    },
    ...events,
    { type: "finished", state: verdict, message: outcome },
  );
  host.log.info({ deployment: row.id, verdict, live }, "deployment ended");
};
