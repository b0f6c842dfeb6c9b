import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { merge, notSaved, touchedKeys, type ChangeSet, type Checked, type Notice } from "@keyroll/pairs";
import type { Reader, Tx } from "../../database/schema.ts";
import type { Change, Manifest, SecretStore, Written } from "../../ports/secret-store.ts";
import { Secret, secretText } from "../../ports/secret.ts";
import { isAllowed, type Actor } from "../actor.ts";
import { storeOf, type Host } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import { checkEdit } from "./check-edit.ts";
import { refusePurged } from "./purge.ts";
import { keysTouchedSince } from "./queries.ts";
import { readableOf } from "./readable.ts";
import type { Meta } from "./record.ts";

/** What somebody wants to save. */
export interface Edit {
  readonly changes: ChangeSet;
  readonly meta: ReadonlyMap<string, Meta>;
  readonly confirmedRisky: ReadonlySet<string>;
  readonly restoredFrom: number | null;
}

/** What is recorded before the store is touched: what is left to do when the process that saves dies. No value. */
export interface SaveIntent {
  readonly txn: string;
  readonly base: number;
  readonly message: string | null;
  readonly restoredFrom: number | null;
  readonly retiresOld: readonly string[];
  /** Old and new names; pairs, because keys are other people's text. */
  readonly renamed?: readonly (readonly [string, string])[];
  readonly meta?: readonly (readonly [string, Meta])[];
  /** Removed keys whose old values are deleted from the store as well. */
  readonly purge: readonly string[];
  /** What others did in the store and what becomes of it. */
  readonly drift?: {
    readonly action: "adopt" | "overwrite";
    readonly place?: "store" | "cluster" | "release" | undefined;
    readonly keys: readonly string[];
  };
}

/** What the store has now; `before` is the manifest that it was made on. */
export interface Saved {
  readonly manifest: Manifest | null;
  readonly before: Manifest | null;
  readonly changed: boolean;
  readonly verified: boolean;
  readonly mergedWith: number | null;
  readonly warnings: Checked["warnings"];
  readonly meta: ReadonlyMap<string, Meta>;
  /** Old name -> new name: what people noted goes along. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly retiresOld: ReadonlySet<string>;
  /** Removed keys whose older values are deleted from the store; absent: none. */
  readonly purged?: readonly string[];
  /** Revisions that went with them though no record says that they held them. */
  readonly purgedUnrecorded?: readonly number[];
}

export interface SaveContext {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  readonly tx: Tx | null;
  readonly progress: (written: Written) => void;
}

/** How often a save is merged anew when others are faster. */
const attempts = 5;

export { recoverSave } from "./recover-save.ts";
export { settleSave } from "./settle.ts";

/** The embedded store commits in the verb's own transaction. */
export const isAtomic = ({ host, environment }: Pick<SaveContext, "host" | "environment">): boolean =>
  host.stores.kind(environment.storeKind).capabilities.transactional;

const whatIsSaved = "`keyroll ls` shows them.";

const codeOf = (rules: readonly string[]): ErrorCode => {
  if (rules.every((rule) => rule === "risky-key")) return "confirmation_required";
  if (rules.every((rule) => rule === "remove-missing" || rule === "rename-missing")) return "not_found";
  return rules.some((rule) => ["pairs", "total-size", "value-size", "key-length"].includes(rule))
    ? "limit_exceeded"
    : "invalid";
};

/** @throws {KeyrollError} with every mistake at once. */
export const refuse = (problems: Checked["problems"]): void => {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const code = codeOf(problems.map(({ rule }) => rule));
  throw new KeyrollError(code, first.message + more, {
    ...(first.key === undefined ? {} : { key: first.key }),
    ...(first.limit === undefined ? {} : { limit: first.limit }),
    ...(first.actual === undefined ? {} : { actual: first.actual }),
    ...(code === "not_found" ? { next: whatIsSaved } : {}),
    ...(code === "confirmation_required"
      ? {
          next: `Confirm it in confirmRisky (\`--confirm-risky ${problems.flatMap(({ rule, key }) => (rule === "risky-key" && key !== undefined ? [key] : [])).join(",")}\`), or choose another name.`,
        }
      : {}),
    problems: problems.map((problem) => ({ ...problem })),
    changed: false,
  });
};

/**
 * Merges onto what others saved since, checks every rule, commits to the store and reads back.
 * @throws {KeyrollError} `revision_conflict` with the overlapping keys; `in_use`; `invalid`, `limit_exceeded`; the store's own.
 */
export const save = async (ctx: SaveContext, intent: SaveIntent, edit: Edit): Promise<Saved> => {
  const store = storeOf(ctx.host, ctx.app, ctx.environment, ctx.tx);
  const reader: Reader = ctx.tx ?? ctx.host.db;
  const maySee = isAllowed(ctx.actor, "secret:reveal");
  const named = [...edit.changes.set.keys(), ...edit.changes.rename.values()];
  if (!isAtomic(ctx)) await refusePurged(reader, ctx.environment.id, intent.txn, named);
  const toSave = [...(maySee ? edit.changes.set.keys() : []), ...edit.changes.rename.keys()];
  for (let attempt = 0; attempt < attempts; attempt++) {
    const newest = await newestManifest(reader, ctx, { store, atLeast: intent.base, toSave });
    await refuseOverlap(reader, ctx.environment, store, intent.base, newest, touchedKeys(edit.changes));
    const metaOnly = touchedKeys(edit.changes).size === 0 && edit.meta.size > 0;
    const checked: Checked = metaOnly
      ? { problems: [], warnings: [], result: newest?.entries ?? new Map() }
      : checkEdit(ctx.host, ctx.environment, newest, edit);
    refuse(checked.problems);
    for (const key of edit.meta.keys()) {
      if (!checked.result.has(key))
        throw new KeyrollError("not_found", notSaved(key, checked.result.keys()), {
          field: `meta.${key}`,
          key,
          next: whatIsSaved,
          changed: false,
        });
    }
    const mergedWith = (newest?.revision ?? 0) > intent.base ? (newest?.revision ?? 0) : null;
    const rest = {
      before: newest,
      mergedWith,
      warnings: checked.warnings,
      meta: edit.meta,
      renamed: edit.changes.rename,
      retiresOld: edit.changes.retiresOld,
    };
    const changes = await changesOf(ctx, store, newest, edit.changes);
    if (changes.length === 0) return { ...rest, manifest: newest, changed: false, verified: true };
    const result = await store.commit(
      { expect: newest?.revision ?? 0, txn: intent.txn, changes },
      { signal: ctx.signal, progress: ctx.progress },
    );
    if ("conflict" in result) continue;
    const unverified = await readBack(ctx, store, result.done, changes);
    const warnings = [...checked.warnings, ...unverified];
    return { ...rest, warnings, manifest: result.done, changed: true, verified: unverified.length === 0 };
  }
  throw new KeyrollError("revision_conflict", "Others kept saving; nothing of yours was saved.", {
    next: "Send it again.",
    changed: false,
  });
};

const refuseOverlap = async (
  db: Reader,
  environment: EnvironmentRow,
  store: SecretStore,
  base: number,
  manifest: Manifest | null,
  mine: ReadonlySet<string>,
): Promise<void> => {
  const newest = manifest?.revision ?? 0;
  if (base > newest) {
    throw new KeyrollError("revision_conflict", `If-Match names revision ${base}; the newest is ${newest}.`, {
      field: "If-Match",
      limit: newest,
      actual: base,
      changed: false,
    });
  }
  if (base === newest) return;
  const recorded = await keysTouchedSince(db, environment.id, base);
  const { overlap } = merge(mine, new Set([...recorded, ...(await keysThatDiffer(store, base, manifest))]));
  if (overlap.length > 0) {
    throw new KeyrollError(
      "revision_conflict",
      `Saved by others since revision ${base}: ${overlap.map((key) => `\`${key}\``).join(", ")}. The newest revision is ${newest}.`,
      {
        keys: overlap,
        limit: newest,
        actual: base,
        changed: false,
      },
    );
  }
};

/** A save that is in the store and not yet recorded, by this server or another, counts as well: the store knows it. */
const keysThatDiffer = async (store: SecretStore, base: number, newest: Manifest | null): Promise<string[]> => {
  const before = base === 0 ? null : await store.manifest({ at: base });
  const written = [...(newest?.entries.values() ?? [])].filter(({ revision }) => revision > base);
  const gone = [...(before?.entries.keys() ?? [])].filter((key) => newest?.entries.has(key) !== true);
  return [...written.map(({ key }) => key), ...gone];
};

/** The store's changes: renames become a set and a remove; for holders of reveal, sets of what is there already fall away. */
const changesOf = async (
  ctx: SaveContext,
  store: SecretStore,
  newest: Manifest | null,
  edit: ChangeSet,
): Promise<Change[]> => {
  const sets = new Map(
    [...edit.set].map(([key, value]) => [key, typeof value === "string" ? secretText(value) : new Secret(value, true)]),
  );
  const present = [...sets.keys(), ...edit.rename.keys()].filter((key) => newest?.entries.has(key));
  const maySee = isAllowed(ctx.actor, "secret:reveal");
  const compared = present.filter(
    (key) => edit.rename.has(key) || (maySee && newest?.entries.get(key)?.bytes === sets.get(key)?.size),
  );
  const old = newest === null ? new Map<string, Secret>() : await readableOf(store, newest.revision, compared);
  const changes: Change[] = [...edit.remove].map((key) => ({ op: "remove", key }));
  for (const [from, to] of edit.rename) {
    const value = old.get(from);
    if (value === undefined)
      throw new KeyrollError("integrity", `The value of \`${from}\` cannot be read.`, { key: from });
    if (!edit.rename.has(from) || ![...edit.rename.values()].includes(from)) changes.push({ op: "remove", key: from });
    changes.push({ op: "set", key: to, value });
  }
  for (const [key, value] of sets) {
    const before = old.get(key);
    if (before === undefined || !before.equals(value) || edit.retiresOld.has(key))
      changes.push({ op: "set", key, value });
  }
  return changes;
};

/** What is to be said when it cannot be read as it was written; in a transaction, which has saved nothing yet, it throws. */
export const readBack = async (
  { tx }: Pick<SaveContext, "tx">,
  store: SecretStore,
  manifest: Manifest,
  changes: readonly Change[],
): Promise<readonly Notice[]> => {
  try {
    await verify(store, manifest, changes);
    return [];
  } catch (error) {
    // Elsewhere it is saved: an error would leave the revision unrecorded.
    if (tx !== null) throw error;
    const why = error instanceof KeyrollError ? error.message : "something went wrong inside.";
    return [{ id: "not-verified", message: `It is saved, but could not be read back: ${why}` }];
  }
};

/** Reads what was written. @throws {KeyrollError} `integrity` naming the key that came back otherwise. */
const verify = async (store: SecretStore, manifest: Manifest, changes: readonly Change[]): Promise<void> => {
  const written = changes.filter((change) => change.op !== "remove");
  const back = await store.read(
    manifest.revision,
    written.map(({ key }) => key),
  );
  for (const change of written) {
    const { key } = change;
    const there = back.get(key);
    // What was adopted is whatever lies there.
    if (change.op === "adopt" ? there !== undefined : there?.equals(change.value) === true) continue;
    throw new KeyrollError(
      "integrity",
      `\`${key}\`: the store gave back something else than was written (revision ${manifest.revision}).`,
      { key, changed: true },
    );
  }
};
