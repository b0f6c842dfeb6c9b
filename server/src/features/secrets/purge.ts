import { KeyrollError } from "@keyroll/contract/errors";
import type { Notice } from "@keyroll/pairs";
import { z } from "zod";
import { liveRevisions, revisionsWith } from "../../database/retention.ts";
import type { Reader, Tx } from "../../database/schema.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import { storeOf, type Host } from "../host.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";

interface Place {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/** Keys in a sentence. */
export const named = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(", ");

const begunSave = z.object({ txn: z.string(), purge: z.array(z.string()).default([]) });

/** Saves of an environment that have begun and not ended; those of a server that died last until they are recovered. */
const savesUnderWay = async (db: Reader, environmentId: string): Promise<z.output<typeof begunSave>[]> => {
  const rows = await db
    .selectFrom("operations")
    .select("intent")
    .where("environment_id", "=", environmentId)
    .where("settled_at", "is", null)
    .execute();
  return rows.flatMap(({ intent }) => begunSave.safeParse(JSON.parse(intent)).data ?? []);
};

/**
 * A purge deletes by name what a key has in the store: also what somebody has just put there. So a purge begins while
 * nothing else is being saved, and until it ends nothing is put under its keys. Asked in the save that would put them,
 * whose beginning is on record: of two that begin at the same moment, one sees the other.
 * @throws {KeyrollError} `in_use`.
 */
export const refusePurged = async (
  db: Reader,
  environmentId: string,
  txn: string,
  keys: readonly string[],
): Promise<void> => {
  const others = (await savesUnderWay(db, environmentId)).filter((one) => one.txn !== txn);
  const going = keys.filter((key) => others.some(({ purge }) => purge.includes(key)));
  if (going.length === 0) return;
  throw new KeyrollError("in_use", `${named(going)} ${going.length === 1 ? "is" : "are"} being purged right now.`, {
    keys: going,
    next: "Send it again when the purge is over; nothing was saved.",
    changed: false,
  });
};

/**
 * Refuses what cannot be purged, before anything is saved.
 * @throws {KeyrollError} `invalid` when the store cannot; `in_use` when a live deployment needs the values, or while
 * something else is being saved.
 */
export const refusePurge = async (
  db: Reader,
  { host, environment }: Pick<Place, "host" | "environment">,
  keys: readonly string[],
): Promise<void> => {
  if (keys.length === 0)
    throw new KeyrollError("invalid", "Only removed keys can be purged: name them in remove.", {
      field: "purge",
      changed: false,
    });
  const { label, capabilities } = host.stores.kind(environment.storeKind);
  if (capabilities.cannotPurge !== null)
    throw new KeyrollError("invalid", `${label} cannot purge: ${capabilities.cannotPurge}.`, {
      field: "purge",
      next: "Remove the keys without it, and change the values where they are used: then the old ones are worth nothing.",
      changed: false,
    });
  if (environment.movedFrom !== null)
    throw new KeyrollError("in_use", "The copy that the last move left behind has these values too.", {
      field: "purge",
      next: "Drop it (`keyroll env move-store --confirm`), then purge.",
      changed: false,
    });
  if (!capabilities.transactional && (await savesUnderWay(db, environment.id)).length > 0)
    throw new KeyrollError("in_use", `Something is being saved in \`${environment.name}\` right now.`, {
      field: "purge",
      next: "Purge when it is over; nothing was changed.",
      changed: false,
    });
  const live = await liveRevisions(db, environment.id);
  for (const key of keys) {
    const needed = (await revisionsWith(db, environment.id, [key])).find((revision) => live.has(revision));
    if (needed === undefined) continue;
    throw new KeyrollError("in_use", `Revision ${needed}, which is deployed, has \`${key}\`.`, {
      field: "purge",
      key,
      actual: needed,
      next: "Remove it without purging, deploy, then purge it.",
      changed: false,
    });
  }
};

/** Those of the keys that were saved once and are removed already: a save has nothing to do with them. */
export const removedBefore = async (db: Reader, environmentId: string, keys: readonly string[]): Promise<string[]> => {
  if (keys.length === 0) return [];
  const rows = (table: "secret_keys" | "revision_changes") =>
    db.selectFrom(table).select("key").distinct().where("environment_id", "=", environmentId).where("key", "in", keys);
  const [known, saved] = [await rows("revision_changes").execute(), await rows("secret_keys").execute()];
  const now = new Set(saved.map(({ key }) => key));
  return known.map(({ key }) => key).filter((key) => !now.has(key));
};

interface Purged {
  /** Revisions that others made, or that a save took over from them: no record says that they held the keys. */
  readonly unrecorded: readonly number[];
  /** Why the values are still there; empty: they are gone. */
  readonly failed: readonly Notice[];
}

/**
 * Revisions that hold the keys and of which no record says so: what somebody wrote into the store by hand, and what
 * saves since then kept of it. One that cannot be looked at counts.
 * @throws {KeyrollError} `in_use` when one of them is deployed.
 */
const unrecordedWith = async (
  db: Reader,
  { environment }: Pick<Place, "environment">,
  { store, keys, newest }: { readonly store: SecretStore; readonly keys: readonly string[]; readonly newest: number },
): Promise<readonly number[]> => {
  const rows = await db
    .selectFrom("revisions")
    .select("revision")
    .where("environment_id", "=", environment.id)
    .execute();
  const recorded = new Set(rows.map(({ revision }) => revision));
  const there = (await store.revisions({ limit: 100_000 })).filter(({ revision }) => revision < newest);
  const first = Math.min(...there.map(({ revision }) => revision).filter((revision) => !recorded.has(revision)));
  const found: number[] = [];
  for (const { revision, readable } of there) {
    if (revision < first) break;
    const manifest = readable ? await store.manifest({ at: revision }) : null;
    const isHolding = manifest === null ? !recorded.has(revision) : keys.some((key) => manifest.entries.has(key));
    if (isHolding) found.push(revision);
  }
  const live = await liveRevisions(db, environment.id);
  const needed = found.find((revision) => live.has(revision));
  if (needed === undefined) return found;
  throw new KeyrollError("in_use", `Revision ${needed}, which is deployed, has ${named(keys)}.`, {
    actual: needed,
    next: "Deploy first.",
    changed: false,
  });
};

/** Deletes the values in the store. What fails is a warning: the keys are removed, and a purge can be repeated. */
export const purgeValues = async (
  { host, app, environment, tx }: Place & { readonly tx: Tx | null },
  keys: readonly string[],
  newest: number,
): Promise<Purged> => {
  const db = tx ?? host.db;
  // Also those that cannot be read: what was deleted so that it can be undone is still there.
  const holding = await revisionsWith(db, environment.id, keys, "all");
  const store = storeOf(host, app, environment, tx);
  try {
    // Where a save is one transaction with its record, nobody else writes.
    const unrecorded = tx === null ? await unrecordedWith(db, { environment }, { store, keys, newest }) : [];
    const old = new Set([...holding, ...unrecorded].filter((revision) => revision < newest));
    await store.upkeep.purge(keys, old);
    return { unrecorded, failed: [] };
  } catch (error) {
    // In a transaction nothing is saved yet.
    if (tx !== null || !(error instanceof KeyrollError)) throw error;
    const message = `${named(keys)} could not be purged: ${error.message} Purge again to repeat it.`;
    return { unrecorded: [], failed: [{ id: "not-purged", message }] };
  }
};

/** Revisions before `newest` that held them say from now on that their values are gone. */
export const recordPurge = async (
  tx: Tx,
  environmentId: string,
  keys: readonly string[],
  newest: number,
  unrecorded: readonly number[] = [],
): Promise<number[]> => {
  const all = new Set([...(await revisionsWith(tx, environmentId, keys)), ...unrecorded]);
  const gone = [...all].filter((revision) => revision < newest);
  if (gone.length > 0)
    await tx
      .updateTable("revisions")
      .set({ readable: 0 })
      .where("environment_id", "=", environmentId)
      .where("revision", "in", gone)
      .execute();
  return gone.toSorted((a, b) => a - b);
};

/** What to say of removed keys that programs can go on reading. */
export const staysReadable = (
  { host, environment }: Pick<Place, "host" | "environment">,
  removed: readonly string[],
): readonly Notice[] =>
  removed.length === 0 || !host.stores.kind(environment.storeKind).capabilities.plainReaders
    ? []
    : [
        {
          id: "stays-readable",
          message: `${named(removed)} can be read at ${removed.length === 1 ? "its path" : "their paths"} in the store by other programs until old values are collected; a purge deletes ${removed.length === 1 ? "it" : "them"} now.`,
        },
      ];
