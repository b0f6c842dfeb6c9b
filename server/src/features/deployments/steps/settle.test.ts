import { sql } from "kysely";
import { expect, test } from "vitest";
import { systemClock } from "../../../adapters/clock/system.ts";
import type { Tx } from "../../../database/schema.ts";
import { insertWrite } from "../../../database/writes.ts";
import { openSqlite } from "../../../database/sqlite.ts";
import { templatesOf } from "../timeline-read.ts";
import { recordTemplates } from "../timeline.ts";
import { settle } from "./settle.ts";

test("a template that somebody else rolled out before the write was acknowledged proves nothing about it", async () => {
  const { db } = await openSqlite(":memory:");
  await sql`pragma foreign_keys = off`.execute(db);
  let templateHash = "old";
  const job = {
    host: { clock: { ...systemClock, now: () => 2500 } },
    environment: { id: "e", settings: { settleSeconds: 0 } },
    row: { id: "d", aim: "goal" } as const,
    goal: { revision: 2 },
    target: {
      mirror: async () => ({ ours: true, resourceVersion: "11" }),
      observe: async () => ({ pods: [], workloads: [{ uid: "w", templateHash, restartMark: null }] }),
    },
    signal: new AbortController().signal,
    note: async (_facts: unknown, _entry: unknown, also?: (tx: Tx) => Promise<void>) => {
      if (also !== undefined) await db.transaction().execute(also);
    },
  };
  await recordTemplates(job, "before-write");
  // Between the first look and the write: its pods have read what was there before.
  templateHash = "theirs";
  const write = { revision: 2, resourceVersion: "11", at: 2000, acknowledgedAt: 2400, changed: ["A"] };
  await db.transaction().execute(async (tx) => await insertWrite(tx, { environmentId: "e", kind: "goal", ...write }));
  await settle.run(job);
  await recordTemplates(job);
  templateHash = "ours";
  await recordTemplates(job);
  const found = new Map((await templatesOf(db, "e")).map((one) => [one.hash, one.afterResourceVersion]));
  expect(found).toEqual(
    new Map([
      ["old", null],
      ["theirs", null],
      ["ours", "11"],
    ]),
  );
  await db.destroy();
});
