import { journalEvent } from "@keyroll/contract";
import type { z } from "zod";
import type { Db, Reader, Tx } from "./schema.ts";

export type JournalEvent = z.output<typeof journalEvent>["event"];
/** One line of an environment's journal, as it is sent to people. */
export type JournalRow = z.output<typeof journalEvent>;

/**
 * Appends to the journal of an environment; the counter's row is locked until the transaction ends, so that
 * numbers have no gaps and their order is the order of commits. Returns the number.
 */
export const appendJournal = async (
  tx: Tx,
  environmentId: string,
  deploymentId: string | null,
  at: number,
  event: JournalEvent,
): Promise<number> => {
  const { journal_seq: seq } = await tx
    .updateTable("environments")
    .set((e) => ({ journal_seq: e("journal_seq", "+", 1) }))
    .where("id", "=", environmentId)
    .returning("journal_seq")
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("journal")
    .values({ environment_id: environmentId, seq, deployment_id: deploymentId, at, event: JSON.stringify(event) })
    .execute();
  return seq;
};

const parseJson = (text: string): unknown => JSON.parse(text);

const rowOf = (row: { seq: number; at: number; deployment_id: string | null; event: string }): JournalRow =>
  journalEvent.parse({ seq: row.seq, at: row.at, deployment: row.deployment_id, event: parseJson(row.event) });

/** Lines after `after`, in order. */
export const readJournal = async (
  db: Reader,
  environmentId: string,
  after: number,
  limit: number,
): Promise<JournalRow[]> => {
  const rows = await db
    .selectFrom("journal")
    .select(["seq", "at", "deployment_id", "event"])
    .where("environment_id", "=", environmentId)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(rowOf);
};

/** All lines of one deployment, in order. */
export const deploymentJournal = async (db: Reader, deploymentId: string): Promise<JournalRow[]> => {
  const rows = await db
    .selectFrom("journal")
    .select(["seq", "at", "deployment_id", "event"])
    .where("deployment_id", "=", deploymentId)
    .orderBy("seq")
    .execute();
  return rows.map(rowOf);
};

/** Drops lines older than `before`. */
export const pruneJournal = async (db: Db, before: number): Promise<void> => {
  await db.deleteFrom("journal").where("at", "<", before).where("deployment_id", "is", null).execute();
};
