import { KeyrollError } from "@keyroll/contract/errors";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openSqlite } from "../../../database/sqlite.ts";
import { secretText } from "../../../ports/secret.ts";
import { factsType } from "../goal.ts";
import type { Job } from "../job.ts";
import { writesOf } from "../timeline-read.ts";
import { write } from "./write.ts";

/** Revision -> key -> the revision of its value. */
const saved: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  1: { A: 1, B: 1, GONE: 1 },
  2: { A: 2, B: 1 },
};
const store = {
  manifest: async ({ at }: { at: number }) => ({
    revision: at,
    entries: new Map(Object.entries(saved[at] ?? {}).map(([key, revision]) => [key, { key, revision }])),
  }),
  read: async (at: number, keys = Object.keys(saved[at] ?? {})) =>
    new Map(keys.map((key) => [key, secretText(`${key} of ${saved[at]?.[key] ?? 0}`)])),
};

interface Kept {
  readonly revision: number;
  readonly version: number;
  readonly keys: readonly string[];
}

/** A job of revision 2 whose cluster keeps the Secret; `onWrite` is what happens to a write that it has taken. */
const makeJob = async (start: Kept | null, onWrite: (nth: number) => void) => {
  const { db } = await openSqlite(":memory:");
  await sql`pragma foreign_keys = off`.execute(db);
  let secret = start;
  const puts: string[][] = [];
  const mirror = () => ({
    exists: secret !== null,
    ours: secret !== null,
    environment: "e",
    revision: secret?.revision ?? null,
    uid: "u",
    resourceVersion: secret === null ? null : String(secret.version),
    keys: secret?.keys ?? null,
    owner: null,
    sealed: null,
    copiedIn: null,
    writtenAt: 2000,
  });
  const target = {
    mirror: async () => mirror(),
    write: async (one: { expect: string; revision: number; pairs: ReadonlyMap<string, unknown> }) => {
      const keys = [...one.pairs.keys()].toSorted();
      const isSame = secret?.revision === one.revision && JSON.stringify(keys) === JSON.stringify(secret.keys);
      if (!isSame) {
        expect(one.expect).toBe(secret === null ? "absent" : String(secret.version));
        puts.push(keys);
        secret = { revision: one.revision, version: (secret?.version ?? 10) + 1, keys };
      }
      onWrite(puts.length);
      return mirror();
    },
  };
  const state = { facts: factsType.parse({ expect: secret === null ? "absent" : String(secret.version) }) };
  const job = {
    host: { db, clock: { now: () => 2500 } },
    environment: { id: "e", namespace: "n", secretName: "app-secrets" },
    target,
    store,
    get row() {
      return { id: "d", aim: "goal", options: { adopt: false, overwriteDrift: false }, facts: state.facts };
    },
    goal: { release: null, values: null, revision: 2, keep: [], keepFrom: null },
    guard: async () => undefined,
    journal: async () => undefined,
    note: async (facts: object, _: unknown, more?: (tx: unknown) => Promise<void>) => {
      state.facts = { ...state.facts, ...facts };
      if (more !== undefined) await db.transaction().execute(more);
    },
  } as unknown as Job;
  return { db, job, puts, state };
};

const lost = (nth: number): void => {
  if (nth === 1) throw new KeyrollError("provider_unreachable", "The answer is lost.");
};
/** The first answer is lost, whatever is asked. */
const once = (work: (nth: number) => void): ((nth: number) => void) => {
  let asked = 0;
  return () => work(++asked);
};

test("a write whose answer was lost is begun again: what leaves stays, and what it changed is known", async () => {
  const { db, job, puts, state } = await makeJob({ revision: 1, version: 10, keys: ["A", "B", "GONE"] }, once(lost));
  const first = { environment_id: "e", seq: 1, revision: 1, resource_version: "10", at: 1000, acknowledged_at: 1000 };
  await db
    .insertInto("writes")
    .values({ ...first, changed: '["A","B","GONE"]', kind: "goal" })
    .execute();
  await expect(write.run(job)).rejects.toThrow("The answer is lost.");
  expect(state.facts).toMatchObject({ written: true, leaving: ["GONE"], leavingFrom: 1 });
  expect(await write.run(job)).toContain("1 removed key stays until the rollout is over");
  expect(puts).toEqual([["A", "B", "GONE"]]);
  expect(state.facts).toMatchObject({ leaving: ["GONE"], leavingFrom: 1 });
  const writes = await writesOf(db, "e");
  expect(writes.at(-1)).toMatchObject({ revision: 2, resourceVersion: "11", changed: ["A"] });
});

test("so does the very first write of a Secret: every key is new", async () => {
  const { db, job, puts } = await makeJob(null, once(lost));
  await expect(write.run(job)).rejects.toThrow("The answer is lost.");
  await write.run(job);
  expect(puts).toEqual([["A", "B"]]);
  expect((await writesOf(db, "e")).map(({ changed }) => changed)).toEqual([["A", "B"]]);
});

test("an edit between the look and the write is refused, and nothing of ours is there to go back from", async () => {
  const refuse = (): void => {
    throw new KeyrollError("foreign_secret", "The Secret was changed by somebody else.");
  };
  const { job, state } = await makeJob({ revision: 1, version: 10, keys: ["A", "B", "GONE"] }, refuse);
  await expect(write.run(job)).rejects.toThrow("changed by somebody else");
  expect(state.facts.written).toBe(false);
});
