import { routes } from "@keyroll/contract";
import { limits } from "@keyroll/pairs";
import type { Secret } from "../../ports/secret.ts";
import { visibleText } from "../plain.ts";
import { query } from "../verb.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { readableOf } from "./readable.ts";
import { liveOf, removedIn, stateOf } from "./queries.ts";

/** Keys with size, author, time and state. Values only of keys that are marked visible. */
export const listSecrets = query(routes["secrets.list"], async ({ db, host, app, environment }) => {
  const store = storeOf(host, app, environment);
  const manifest = await newestManifest(db, { host, app, environment }, { store });
  const [live, revisions, metas, changes] = await Promise.all([
    liveOf(db, environment.id),
    db
      .selectFrom("revisions")
      .select(["revision", "author", "at"])
      .where("environment_id", "=", environment.id)
      .execute(),
    db.selectFrom("secret_meta").selectAll().where("environment_id", "=", environment.id).execute(),
    db
      .selectFrom("revision_changes")
      .select(["key", "revision", "retires_old"])
      .where("environment_id", "=", environment.id)
      .where("retires_old", "=", 1)
      .execute(),
  ]);
  const authors = new Map(revisions.map((row) => [row.revision, row]));
  const metaOf = new Map(metas.map((row) => [row.key, row]));
  const retiring = new Set(changes.map((row) => `${row.revision}/${row.key}`));
  const entries = [...(manifest?.entries.values() ?? [])].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const visible = entries
    .filter((entry) => metaOf.get(entry.key)?.visible === 1 && !entry.binary)
    .map((entry) => entry.key);
  const shown =
    manifest === null || visible.length === 0 || !host.keys.open
      ? new Map<string, Secret>()
      : // What somebody deleted or replaced in the store is shown as hidden; drift tells of it.
        await readableOf(store, manifest.revision, visible);
  const secrets = entries.map((entry) => {
    const meta = metaOf.get(entry.key);
    const by = authors.get(entry.revision);
    const value = shown.get(entry.key);
    return {
      key: entry.key,
      bytes: entry.bytes,
      lines: entry.lines,
      binary: entry.binary,
      value: value === undefined ? null : visibleText(value),
      revision: entry.revision,
      changedAt: by?.at ?? manifest?.at ?? 0,
      changedBy: by?.author ?? "unknown",
      note: meta?.note ?? null,
      url: meta?.url ?? null,
      rotateBy: meta?.rotate_by ?? null,
      visible: meta?.visible === 1,
      retiresOld: retiring.has(`${entry.revision}/${entry.key}`),
      state: stateOf(entry.revision, live),
    };
  });
  const { deployed } = live;
  const out = deployed === null || deployed === manifest?.revision ? null : await store.manifest({ at: deployed });
  const gone = [...(out?.entries.values() ?? [])].filter((entry) => manifest?.entries.has(entry.key) !== true);
  const removals = gone.length === 0 ? new Map<string, number>() : await removedIn(db, environment.id);
  const removed = gone.map((entry) => {
    const by = authors.get(removals.get(entry.key) ?? 0);
    return {
      key: entry.key,
      bytes: 0,
      lines: 0,
      binary: entry.binary,
      value: null,
      revision: by?.revision ?? entry.revision,
      changedAt: by?.at ?? 0,
      changedBy: by?.author ?? "unknown",
      note: null,
      url: null,
      rotateBy: null,
      visible: false,
      retiresOld: false,
      state: "removed" as const,
    };
  });
  const able = host.stores.capabilities(environment.storeKind, JSON.parse(environment.storeSettings));
  return {
    revision: manifest?.revision ?? 0,
    deployedRevision: deployed,
    secrets: [...secrets, ...removed],
    totalBytes: entries.reduce((sum, entry) => sum + entry.bytes + entry.key.length, 0),
    limits: {
      pairs: limits.pairs,
      totalBytes: limits.totalBytes,
      valueBytes: able.valueBytes,
      larger: able.larger ?? null,
    },
    removal: { plainReaders: able.plainReaders, cannotPurge: able.cannotPurge },
  };
});
