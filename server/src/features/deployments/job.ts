import { appendJournal, type JournalEvent } from "../../database/journal.ts";
import { requireLease, type Lease } from "../../database/leases.ts";
import type { Tx } from "../../database/schema.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { Target } from "../../ports/target.ts";
import type { Rendered } from "../../ports/rendered.ts";
import { storeOf, type Host } from "../host.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import type { Facts, Goal } from "./goal.ts";
import type { DeploymentRow } from "./queries.ts";

/** One deployment in the hands of the worker that holds its lease. */
export interface Job {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly target: Target;
  readonly store: SecretStore;
  /** As it is now; replaced after every step. */
  readonly row: DeploymentRow;
  /** What this run is heading for: the goal, or the fallback. */
  readonly goal: Goal;
  readonly lease: Lease;
  /** Aborts on cancellation, on loss of the lease and when the server stops. */
  readonly signal: AbortSignal;
  /** Two renders of the goal, in memory only: manifests can hold what charts looked up. */
  readonly rendered: { first: Rendered | null; second: Rendered | null };
  /** Appends to the journal; refused when the lease is gone. */
  journal(event: JournalEvent): Promise<void>;
  /** Records what later steps, or a later process, need; in one transaction with the journal entry. */
  note(facts: Partial<Facts>, event: JournalEvent | null, more?: (tx: Tx) => Promise<void>): Promise<void>;
  /** Throws `lease_lost` when this worker was fenced out: called right before anything irrevocable. */
  readonly guard: () => Promise<void>;
}

export interface JobParts {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly target: Target;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** A job whose `row` follows what is noted. */
export const createJob = (parts: JobParts, start: DeploymentRow): { job: Job; replace(row: DeploymentRow): void } => {
  let row = start;
  const { host, environment, lease } = parts;
  const fenced = async (work: (tx: Tx) => Promise<void>): Promise<void> => {
    await host.db.transaction().execute(async (tx) => {
      await requireLease(host, tx, lease);
      await work(tx);
    });
  };
  const job: Job = {
    ...parts,
    store: storeOf(host, parts.app, environment),
    rendered: { first: null, second: null },
    get row() {
      return row;
    },
    get goal() {
      return row.aim === "fallback" && row.fallback !== null ? row.fallback : row.goal;
    },
    journal: async (event) => {
      await fenced(async (tx) => {
        await appendJournal(tx, environment.id, row.id, host.clock.now(), event);
      });
    },
    note: async (facts, event, more) => {
      const next = { ...row.facts, ...facts };
      await fenced(async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ facts: JSON.stringify(next) })
          .where("deployment_id", "=", row.id)
          .execute();
        if (event !== null) await appendJournal(tx, environment.id, row.id, host.clock.now(), event);
        if (more !== undefined) await more(tx);
      });
      row = { ...row, facts: next };
    },
    guard: async () => {
      parts.signal.throwIfAborted();
      await fenced(async () => undefined);
    },
  };
  return {
    job,
    replace: (next) => {
      row = next;
    },
  };
};
