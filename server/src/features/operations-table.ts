import type { OutputOf, RouteSpec, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Db, Reader, Tx } from "../database/schema.ts";
import type { Host } from "./host.ts";
import { progressView, type Progress } from "./progress.ts";
import type { Subject } from "./subject.ts";
import type { Call } from "./verb.ts";

export type OperationView = OutputOf<Routes["operations.get"]>["operation"];

/** How often a lasting operation writes down its share and looks for a cancellation. */
const lookEvery = 500;

export const insertOperation = async (
  tx: Tx,
  id: string,
  route: RouteSpec,
  ctx: Subject & { readonly host: Host; readonly now: number },
  call: Call,
  intent: unknown,
): Promise<void> => {
  await tx
    .insertInto("operations")
    .values({
      id,
      route: `${route.method} ${route.path}`,
      environment_id: ctx.environment?.id ?? null,
      actor: JSON.stringify(call.actor),
      intent: JSON.stringify(intent),
      holder: ctx.host.instance,
      begun_at: ctx.now,
      settled_at: null,
      outcome: null,
      share: 0,
      progress: null,
      cancel_requested: 0,
      result: null,
      problem: null,
      tidied_at: null,
    })
    .execute();
};

interface End {
  readonly at: number;
  readonly outcome: string;
  readonly result?: unknown;
  readonly error?: unknown;
  /** It is known that nothing was written: there is nothing that it may have left in a store. */
  readonly wroteNothing?: boolean;
}

/**
 * Writes how it ended; the answer (which holds no value) for whoever follows it.
 * @throws {KeyrollError} `lease_lost` when its server was thought dead and another has settled it.
 */
export const closeOperation = async (db: Db | Tx, id: string, holder: string, end: End): Promise<void> => {
  const { error, result, wroteNothing = false } = end;
  const known = error instanceof KeyrollError ? error : new KeyrollError("internal", "Something went wrong inside.");
  const closed = await db
    .updateTable("operations")
    .set({
      settled_at: end.at,
      outcome: end.outcome,
      result: result === undefined || result === null ? null : JSON.stringify(result),
      problem: error === undefined ? null : JSON.stringify(known.toProblem()),
      ...(wroteNothing ? { tidied_at: end.at } : {}),
    })
    .where("id", "=", id)
    .where("holder", "=", holder)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  if (closed.numUpdatedRows !== 1n)
    throw new KeyrollError("lease_lost", "This server was silent for too long: another one settles what it had begun.");
};

/** Hands it to whoever looks next: this server is at its end with it, but how it ended is not known. */
export const leaveOperation = async (db: Db, id: string, holder: string): Promise<void> => {
  await db
    .updateTable("operations")
    .set({ holder: "" })
    .where("id", "=", id)
    .where("holder", "=", holder)
    .where("settled_at", "is", null)
    .execute();
};

const parse = (text: string): unknown => JSON.parse(text);
const record = (text: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(parse(text));

/** @throws {KeyrollError} `not_found`. */
export const operationById = async (db: Reader, id: string, environmentId?: string): Promise<OperationView> => {
  const row = await db.selectFrom("operations").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined || (environmentId !== undefined && row.environment_id !== environmentId)) {
    throw new KeyrollError("not_found", `There is no operation \`${id.slice(0, 64)}\` in this environment.`, {
      field: "operation",
      next: "`keyroll history` shows what was saved.",
    });
  }
  const state =
    row.settled_at === null
      ? "running"
      : row.problem !== null
        ? "failed"
        : row.outcome === "done"
          ? "done"
          : "recovered";
  return {
    id: row.id,
    state,
    share: state === "done" ? 1 : row.share,
    progress: state === "running" && row.progress !== null ? progressView.parse(parse(row.progress)) : null,
    begunAt: row.begun_at,
    settledAt: row.settled_at,
    cancelRequested: row.cancel_requested === 1,
    result: row.result === null ? null : parse(row.result),
    problem: row.problem === null ? null : record(row.problem),
    message: state === "recovered" ? row.outcome : null,
  };
};

/** What came out within the time, else null; what fails within it is thrown. */
export const within = async <T>(
  host: Pick<Host, "clock">,
  running: Promise<T>,
  ms: number,
): Promise<{ readonly result: T } | null> => {
  const ended = new AbortController();
  try {
    return await Promise.race([
      running.then((result) => ({ result })),
      host.clock.sleep(ms, ended.signal).then(
        () => null,
        () => null,
      ),
    ]);
  } finally {
    ended.abort();
  }
};

interface Lasting {
  readonly running: Promise<unknown>;
  readonly progress: Progress;
  readonly stop: AbortController;
}

/** Follows an operation whose request has been answered: its progress goes to the row, a cancellation comes from there. */
export const attend = (host: Host, id: string, { running, progress, stop }: Lasting): void => {
  const ended = new AbortController();
  // Its end is in the row; nobody waits for the promise any more.
  running.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const look = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const row = await host.db
        .updateTable("operations")
        .set({ share: progress.share(), progress: JSON.stringify(progress.now()) })
        .where("id", "=", id)
        .where("settled_at", "is", null)
        .returning("cancel_requested")
        .executeTakeFirst();
      if (row?.cancel_requested === 1)
        stop.abort(new KeyrollError("cancelled", "It was cancelled before it was done.", { changed: false }));
      await host.clock.sleep(lookEvery, ended.signal).catch(() => undefined);
    }
  };
  void look().catch((error: unknown) =>
    host.log.warn(
      { operation: id, error: error instanceof Error ? error.name : "?" },
      "its progress cannot be written",
    ),
  );
};
