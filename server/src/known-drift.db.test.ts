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
import { systemClock } from "./adapters/clock/system.ts";
import { processTarget } from "./adapters/targets/process.ts";
import { openDatabase } from "./database/open.ts";
import type { Db } from "./database/schema.ts";
import { insertWrite, lastWrites } from "./database/writes.ts";
import { lookForDrift } from "./features/cluster-drift.ts";
import type { Host } from "./features/host.ts";
import { keepKnown, knownDrift, nothingKnown, type DriftEntry } from "./features/known-drift.ts";
import { writesOf } from "./features/deployments/timeline-read.ts";
import { appById, environmentById } from "./features/subject.ts";
import type { Glance } from "./ports/target.ts";

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

test("looks at the same moment that see the same are one look each; whoever saw something else looks again", async () => {
  await inDatabase(async (db, id) => {
    const row = await environmentById(db, id);
    const app = row === null ? null : await appById(db, row.appId);
    if (row === null || app === null) throw new Error("no environment");
    await db.transaction().execute(async (tx) => {
      const write = { environmentId: id, revision: 3, resourceVersion: "20", acknowledgedAt: null, changed: null };
      await insertWrite(tx, { ...write, at: 3, kind: "goal" });
      await keepKnown(tx, id, 9000, nothingKnown);
    });
    const environment = { ...row, type: "helm" as const, namespace: "shop", secretName: "app-secrets" };
    // What a look uses of the server when the Secret is gone, or as it was written.
    const dialect = home.databaseUrl === null ? "sqlite" : "postgres";
    const host = { db, dialect, clock: systemClock, version: "test" } as Host;
    const away: Glance = { exists: false, ours: false, free: true, resourceVersion: null, writers: [] };
    const there: Glance = { ...away, exists: true, ours: true, resourceVersion: "20" };
    const look = async (...glances: readonly [Glance, ...Glance[]]) => {
      const seen: Glance[] = [];
      const both = Promise.withResolvers<void>();
      const glance = async (): Promise<Glance> => {
        const one = glances[seen.length] ?? glances[0];
        if (seen.push(one) === 2) both.resolve();
        await both.promise;
        return one;
      };
      const target = { ...processTarget(() => 0), glance };
      const looking = async () => await lookForDrift({ host, app, environment }, { target, secretOnly: true });
      const found = await Promise.all([looking(), looking()]);
      return { looks: seen.length, kinds: found.map(({ entries }) => entries.map(({ kind }) => kind)) };
    };
    expect(await look(there, away, away)).toMatchObject({ looks: 3 });
    expect(await look(away)).toEqual({ looks: 2, kinds: [["deleted"], ["deleted"]] });
  });
});

test("what others wrote and it was as deployed is in the timeline: no container is told to run something else for it", async () => {
  await inDatabase(async (db, id) => {
    const row = await environmentById(db, id);
    const app = row === null ? null : await appById(db, row.appId);
    if (row === null || app === null) throw new Error("no environment");
    await db.transaction().execute(async (tx) => {
      const write = { environmentId: id, revision: 3, resourceVersion: "30", acknowledgedAt: null, changed: null };
      await insertWrite(tx, { ...write, at: 50_000, kind: "goal" });
      // The content was compared, and is what was deployed.
      await keepKnown(tx, id, 60_000, { ...nothingKnown, resourceVersion: "31" });
    });
    const environment = { ...row, type: "helm" as const, namespace: "shop", secretName: "app-secrets" };
    const dialect = home.databaseUrl === null ? "sqlite" : "postgres";
    const host = { db, dialect, clock: systemClock, version: "test" } as Host;
    const writers = [{ manager: "kubectl-patch", at: 70_000, keys: ["A"] }];
    const glance = async (): Promise<Glance> => ({
      exists: true,
      ours: true,
      free: true,
      resourceVersion: "31",
      writers,
    });
    const target = { ...processTarget(() => 0), glance };
    const looking = async () => await lookForDrift({ host, app, environment }, { target, secretOnly: true });
    await looking();
    expect((await looking()).entries).toEqual([]);
    const times = (await writesOf(db, id)).slice(-3).map(({ resourceVersion, kind, at: time }) => ({
      resourceVersion,
      kind,
      time,
    }));
    expect(times).toEqual([
      { resourceVersion: "30", kind: "goal", time: 50_000 },
      { resourceVersion: "before:31", kind: "foreign", time: 60_000 },
      { resourceVersion: "31", kind: "goal", time: 70_000 },
    ]);
  });
});
