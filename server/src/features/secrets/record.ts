import type { Tx } from "../../database/schema.ts";
import { appendJournal } from "../../database/journal.ts";
import { refreshKeyNames } from "../../database/key-names.ts";
import { setDue } from "../../database/retention.ts";
import type { Manifest } from "../../ports/secret-store.ts";
import type { Actor } from "../actor.ts";

/** What people note about a key. */
export interface Meta {
  readonly note?: string | null | undefined;
  readonly url?: string | null | undefined;
  readonly rotateBy?: string | null | undefined;
  readonly visible?: boolean | undefined;
}

export interface RevisionRecord {
  readonly environmentId: string;
  readonly actor: Actor;
  readonly now: number;
  readonly message: string | null;
  readonly restoredFrom: number | null;
  readonly before: Manifest | null;
  readonly manifest: Manifest;
  readonly retiresOld: ReadonlySet<string>;
}

export interface RecordedChange {
  readonly key: string;
  readonly op: "added" | "changed" | "removed";
  readonly bytes: number;
  readonly lines: number;
}

/** What differs by key between a revision and the one before it. */
export const changesBetween = (before: Manifest | null, after: Manifest): RecordedChange[] => {
  const changes: RecordedChange[] = [];
  for (const entry of after.entries.values()) {
    const old = before?.entries.get(entry.key);
    if (old?.revision !== entry.revision) {
      changes.push({
        key: entry.key,
        op: old === undefined ? "added" : "changed",
        bytes: entry.bytes,
        lines: entry.lines,
      });
    }
  }
  for (const key of before?.entries.keys() ?? []) {
    if (!after.entries.has(key)) changes.push({ key, op: "removed", bytes: 0, lines: 0 });
  }
  return changes.toSorted((a, b) => (a.key < b.key ? -1 : 1));
};

/** Author, time, message and changed keys of a revision that the store has; once, however often it is called. */
export const recordRevision = async (tx: Tx, record: RevisionRecord): Promise<RecordedChange[]> => {
  const { manifest, environmentId } = record;
  const changes = changesBetween(record.before, manifest);
  let bytes = 0;
  for (const entry of manifest.entries.values()) bytes += entry.bytes + entry.key.length;
  const made = await tx
    .insertInto("revisions")
    .values({
      environment_id: environmentId,
      revision: manifest.revision,
      author_kind: record.actor.kind,
      author_id: record.actor.id,
      author: record.actor.name,
      at: record.now,
      message: record.message,
      keys: manifest.entries.size,
      bytes,
      restored_from: record.restoredFrom,
    })
    .onConflict((conflict) => conflict.columns(["environment_id", "revision"]).doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) return changes;
  if (changes.length > 0) {
    await tx
      .insertInto("revision_changes")
      .values(
        changes.map((change) => ({
          environment_id: environmentId,
          revision: manifest.revision,
          key: change.key,
          op: change.op,
          bytes: change.bytes,
          lines: change.lines,
          binary: manifest.entries.get(change.key)?.binary === true ? 1 : 0,
          retires_old: record.retiresOld.has(change.key) ? 1 : 0,
        })),
      )
      .execute();
  }
  await setDue(tx, environmentId, record.now);
  await refreshKeyNames(tx, environmentId, manifest.revision, changes);
  const removed = changes.filter(({ op }) => op === "removed").map(({ key }) => key);
  if (removed.length > 0) {
    await tx
      .deleteFrom("secret_meta")
      .where("environment_id", "=", environmentId)
      .where("key", "in", removed)
      .execute();
  }
  await appendJournal(tx, environmentId, null, record.now, {
    type: "saved",
    revision: manifest.revision,
    author: record.actor.name,
    keys: changes.map(({ key }) => key),
  });
  return changes;
};

/** What was noted at keys that are renamed, by their new names; read before the old names are gone. */
export const movedMeta = async (
  tx: Tx,
  environmentId: string,
  renamed: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Meta>> => {
  if (renamed.size === 0) return new Map();
  const rows = await tx
    .selectFrom("secret_meta")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("key", "in", [...renamed.keys()])
    .execute();
  const nothing = { note: null, url: null, rotateBy: null, visible: false };
  const known = new Map(
    rows.map((row) => [row.key, { note: row.note, url: row.url, rotateBy: row.rotate_by, visible: row.visible === 1 }]),
  );
  return new Map([...renamed].map(([from, to]) => [to, known.get(from) ?? nothing]));
};

/** Notes, links, rotate-by dates and visibility of keys; what is not given stays. */
export const recordMeta = async (tx: Tx, environmentId: string, meta: ReadonlyMap<string, Meta>): Promise<void> => {
  for (const [key, { note, url, rotateBy, visible }] of meta) {
    const given = {
      ...(note === undefined ? {} : { note }),
      ...(url === undefined ? {} : { url }),
      ...(rotateBy === undefined ? {} : { rotate_by: rotateBy }),
      ...(visible === undefined ? {} : { visible: Number(visible) }),
    };
    // In one statement: who describes the same key at the same time loses nothing.
    await tx
      .insertInto("secret_meta")
      .values({ environment_id: environmentId, key, note: null, url: null, rotate_by: null, visible: 0, ...given })
      .onConflict((conflict) => {
        const known = conflict.columns(["environment_id", "key"]);
        return Object.keys(given).length === 0 ? known.doNothing() : known.doUpdateSet(given);
      })
      .execute();
  }
};
