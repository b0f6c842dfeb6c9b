import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal, type JournalEvent } from "../../database/journal.ts";
import { requireLease, type Lease } from "../../database/leases.ts";
import type { Tx } from "../../database/schema.ts";
import { troubleOf } from "../../database/trouble.ts";
import type { Host } from "../host.ts";
import { appById, environmentById } from "../subject.ts";
import { createJob, type Job } from "./job.ts";
import { observeNow } from "./fleet/observe.ts";
import { openTarget } from "../open-target.ts";
import { fallbackStart, stepAfter, stepAt } from "./pipeline.ts";
import { deploymentById, type DeploymentRow } from "./queries.ts";
import { unreachable } from "./unreachable.ts";

const lookForCancel = 500;
/** Milliseconds before a step is begun again because its cluster did not answer. */
const again = 2000;
/** How often a step is tried at which something goes wrong that nobody foresaw. */
const unforeseen = 3;

class Cancelled extends Error {}

/**
 * Runs the steps of one deployment from where its cursor is to its end. Returns early, and leaves the rest to the
 * next worker, when the signal aborts.
 * @throws {KeyrollError} `lease_lost`.
 */
export const follow = async (host: Host, id: string, lease: Lease, signal: AbortSignal): Promise<void> => {
  const row = await deploymentById(host.db, id);
  const environment = row === null ? null : await environmentById(host.db, row.environmentId);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (row === null || environment === null || app === null) return;
  const cancel = new AbortController();
  const ended = new AbortController();
  const watching = watchForCancel(host, id, cancel, ended.signal);
  try {
    const target = await openTarget(host, app, environment).catch((error: unknown) => {
      // Another server, or this one when it has its master key again, goes on from where it is.
      if (row.facts.written && error instanceof KeyrollError && error.code === "sealed") return null;
      throw error;
    });
    if (target === null) {
      host.log.warn({ deployment: row.id }, "a deployment waits for the master key");
      return;
    }
    let attempts = attemptsAt("", host);
    for (
      let current: DeploymentRow | null = row;
      current !== null && current.state !== "done";
      current = await deploymentById(host.db, id)
    ) {
      const stoppable = current.aim === "goal" ? AbortSignal.any([signal, cancel.signal]) : signal;
      const { job } = createJob({ host, app, environment, target, lease, signal: stoppable }, current);
      const at = `${current.aim} ${current.step}`;
      if (attempts.at !== at) attempts = attemptsAt(at, host);
      await takeStep(job, { cancel: cancel.signal, stop: signal, attempts });
    }
  } catch (error) {
    if (signal.aborted) return;
    // What goes wrong beside the steps is the database's: the cursor stands, and a worker goes on from there when it is back.
    if (!(error instanceof KeyrollError) || error.code === "lease_lost") throw error;
    const failed = await deploymentById(host.db, id);
    if (failed === null) throw error;
    const { job } = createJob({ host, app, environment, target: unreachable, lease, signal }, failed);
    await fail(job, error);
  } finally {
    ended.abort();
    await watching;
  }
};

const watchForCancel = async (host: Host, id: string, cancel: AbortController, until: AbortSignal): Promise<void> => {
  while (!until.aborted && !cancel.signal.aborted) {
    // A database that is away for a moment is asked again.
    const row = await host.db
      .selectFrom("deployment_runs")
      .select("cancel_requested")
      .where("deployment_id", "=", id)
      .executeTakeFirst()
      .catch(() => undefined);
    if (row?.cancel_requested === 1) cancel.abort(new Cancelled());
    await host.clock.sleep(lookForCancel, until).catch(() => undefined);
  }
};

/** All attempts of a worker at one step. That it began is said once, and so is each reason to begin it again. */
interface Attempts {
  readonly at: string;
  /** When this worker began the step for the first time. */
  readonly began: number;
  /** Why it was begun again; which of several calls fails first differs from time to time. */
  readonly reasons: Set<string>;
  /** How often for something that nobody foresaw. */
  unforeseen: number;
  isSaid: boolean;
}

const attemptsAt = (at: string, { clock }: Host): Attempts => ({
  at,
  began: clock.now(),
  reasons: new Set(),
  unforeseen: 0,
  isSaid: false,
});

interface Taking {
  readonly cancel: AbortSignal;
  readonly stop: AbortSignal;
  readonly attempts: Attempts;
}

/**
 * After the write a cluster or a secret store that does not answer is waited for, as long as a rollout may take: the way back
 * would not reach it either. A rollout that is begun again has its whole time from then on. Before the write nothing has changed,
 * and whoever deploys is told at once.
 */
const isWaitedFor = ({ row, environment, host }: Job, error: unknown, began: number): boolean =>
  error instanceof KeyrollError &&
  ["provider_unreachable", "provider_throttled"].includes(error.code) &&
  row.facts.written &&
  host.clock.now() < began + environment.settings.timeoutSeconds * 1000;

/** Runs the step at the cursor and moves the cursor, or decides what a failure means. */
const takeStep = async (job: Job, { cancel, stop, attempts }: Taking): Promise<void> => {
  const { step: name, aim, cancelRequested } = job.row;
  try {
    if (cancelRequested && aim === "goal") throw new Cancelled();
    // Whoever watches restarts processes at it.
    if (!attempts.isSaid) await job.journal({ type: "step", step: name, aim, state: "started", message: "" });
    attempts.isSaid = true;
    const message = await stepAt(name).run(job);
    await advance(job, message);
  } catch (error) {
    // A worker that stops or was fenced out says nothing: the next one runs the same step again.
    if (stop.aborted || (error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    const isCancelled = cancel.aborted && aim === "goal";
    if (!isCancelled && isWaitedFor(job, error, attempts.began)) {
      const reason = sentenceOf(error);
      if (!attempts.reasons.has(reason))
        await job.journal({ type: "log", message: `${reason} This step is begun again.` });
      attempts.reasons.add(reason);
      await job.host.clock.sleep(again, job.signal).catch(() => undefined);
      return;
    }
    if (!isCancelled && !(error instanceof KeyrollError)) {
      // A database that is away is waited for; where even the cursor cannot be read, by the next worker.
      if (troubleOf(error, true) === null) attempts.unforeseen += 1;
      const isLast = attempts.unforeseen >= unforeseen;
      job.host.log.error(
        { deployment: job.row.id, step: name, error: error instanceof Error ? error.name : typeof error },
        isLast ? "a deployment step failed unexpectedly" : "a deployment step failed unexpectedly and is begun again",
      );
      if (!isLast) {
        await job.host.clock.sleep(again, job.signal).catch(() => undefined);
        return;
      }
    }
    await fail(job, isCancelled ? new Cancelled() : error);
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
  const left = row.facts.left.length === 0 ? "" : ` Not restarted, with older values: ${row.facts.left.join(", ")}.`;
  const what = `Revision ${row.goal.revision}`;
  if (row.options.restart === "none") return `${what} is in the cluster; nothing was restarted.`;
  return row.facts.users === 0
    ? `${what} is deployed; no instance uses it.${held}${left}`
    : `${what} is running.${held}${left}`;
};

const sentenceOf = (error: unknown): string => {
  if (error instanceof Cancelled) return "Cancelled.";
  if (error instanceof KeyrollError)
    // A step that is a command has no full stop, and more sentences follow.
    return [error.message, error.facts.next ?? ""]
      .filter((text) => text !== "")
      .map((text) => (/[.!?]$/u.test(text) ? text : `${text}.`))
      .join(" ");
  return "Something went wrong inside Keyroll.";
};

/** Before the write nothing was changed; after it the previous state comes back, or everything is held as it is. */
const fail = async (job: Job, error: unknown): Promise<void> => {
  const { row, environment } = job;
  const sentence = sentenceOf(error);
  const cancelled = error instanceof Cancelled;
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
      await host.jobs.wake(observeNow, row.environmentId, tx);
    },
    ...events,
    { type: "finished", state: verdict, message: outcome },
  );
  host.log.info({ deployment: row.id, verdict, live }, "deployment ended");
};
