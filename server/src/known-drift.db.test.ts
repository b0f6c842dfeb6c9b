import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";
import type { Db } from "./database/schema.ts";
import { insertWrite, lastWrites } from "./database/writes.ts";
import { keepKnown, knownDrift, nothingKnown, type DriftEntry } from "./features/known-drift.ts";

// What is known of drift, as the database keeps it and the API tells it; how it is found is a matter of clusters.

let home: Home;
let server: TestServer;
let at = "";

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  at = await makeProcessEnvironment(server);
});
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

/** Between two runs of the server: the file of SQLite has one process. */
const inDatabase = async (work: (db: Db, id: string) => Promise<void>): Promise<void> => {
  const { environment } = (await ask(server, `GET ${at}`)).body;
  await server.stop();
  const database = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  try {
    await work(database.db, environment.id);
  } finally {
    await database.close();
  }
  server = await startServer(home);
};
const entry = (key: string | null, more: Partial<DriftEntry> = {}): DriftEntry => ({
  place: "cluster",
  key,
  kind: "changed",
  message: `\`${key}\` has another value than was deployed.`,
  at: 5000,
  by: "kubectl-edit",
  ...more,
});
const told = async () => (await ask(server, `GET ${at}/status`)).body.drift;
const set = async (settings: object) => await ask(server, `PATCH ${at}`, { body: { settings } });

test("where nothing was deployed to a cluster there is nothing to put back; a release is put back by deploying", async () => {
  const resolve = async (body: object) => (await ask(server, `POST ${at}/drift`, { ifMatch: 0, body })).body;
  expect(await resolve({ action: "overwrite", place: "cluster" })).toMatchObject({ code: "not_found", changed: false });
  expect(await resolve({ action: "overwrite", place: "release" })).toMatchObject({ code: "invalid", field: "action" });
  expect(await resolve({ action: "adopt", place: "release" })).toMatchObject({ code: "not_found" });
  expect(await resolve({ action: "adopt", place: "cluster" })).toMatchObject({ code: "invalid", field: "keys" });
  expect(await resolve({ action: "adopt" })).toMatchObject({ code: "invalid", field: "keys" });
  expect(await told()).toEqual({ entries: [], sentence: null, pausedUntil: null });
});

test("what a look found is kept, told, hidden where it was adopted or drift is ignored, and paused for 30 days at most", async () => {
  const message = "The Helm release went back.";
  const release = entry(null, { place: "release", kind: "rolled-back", message, by: null });
  const entries = [entry("A"), entry("B", { by: "terraform" }), entry("C"), release];
  const known = {
    ...nothingKnown,
    resourceVersion: "7",
    entries,
    adopted: new Map([["C", 4]]),
    acceptedRelease: 6,
  };
  await inDatabase(async (db, id) => {
    await db.transaction().execute(async (tx) => await keepKnown(tx, id, 9000, nothingKnown));
    await db.transaction().execute(async (tx) => await keepKnown(tx, id, 9000, known));
    expect(await knownDrift(db, id)).toEqual({ ...known, lookedAt: 9000 });
    expect(await db.selectFrom("known_drift").select("open").execute()).toEqual([{ open: 3 }]);
    // The timeline tells the last write and the last one of Keyroll's.
    expect(await lastWrites(db, id)).toBeNull();
    const write = { environmentId: id, acknowledgedAt: null, changed: null };
    await db.transaction().execute(async (tx) => {
      await insertWrite(tx, { ...write, revision: 3, resourceVersion: "10", at: 1, kind: "goal" });
      await insertWrite(tx, { ...write, revision: null, resourceVersion: "11", at: 2, kind: "foreign" });
      await insertWrite(tx, { ...write, revision: null, resourceVersion: "11", at: 2, kind: "foreign" });
    });
    expect(await lastWrites(db, id)).toMatchObject({
      last: { seq: 2, kind: "foreign", resourceVersion: "11" },
      own: { seq: 1, kind: "goal", revision: 3 },
    });
  });
  expect(await told()).toMatchObject({
    sentence: `app-secrets was changed by kubectl-edit and terraform: A, B. ${message}`,
    entries: [{ key: "A" }, { key: "B" }, { place: "release" }],
    pausedUntil: null,
  });
  await set({ drift: "ignore" });
  expect(await told()).toMatchObject({ entries: [], sentence: null });
  await set({ drift: "report" });

  const day = 86_400_000;
  const long = await set({ driftPausedUntil: Date.now() + 31 * day });
  expect([long.status, long.body.code, long.body.field]).toEqual([422, "invalid", "settings.driftPausedUntil"]);
  const until = Date.now() + 29 * day;
  expect((await set({ driftPausedUntil: until })).status).toBe(200);
  expect(await told()).toMatchObject({ entries: [{ key: "A" }, { key: "B" }, {}], pausedUntil: until });
  await set({ driftPausedUntil: Date.now() - 1 });
  expect(await told()).toMatchObject({ pausedUntil: null });
});
