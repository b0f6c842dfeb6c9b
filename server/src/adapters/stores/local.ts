import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv } from "node:crypto";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type {
  Change,
  Commit,
  Entry,
  Manifest,
  SecretStore,
  StoreHost,
  StoreKind,
  StoreScope,
} from "../../ports/secret-store.ts";
import { Secret } from "../../ports/secret.ts";
import type { LocalRow, LocalRows } from "../../ports/local-rows.ts";

/** Bound into every ciphertext, so that a format is never read as another. */
const format = "keyroll-local-1";
const tagBytes = 16;
const nonceBytes = 12;

interface DataKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** What a ciphertext belongs to: it opens nowhere else (another environment, key, revision or data key). */
const bound = (scope: StoreScope, entry: Pick<Entry, "key" | "revision">, dataKey: string): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify([format, scope.appId, scope.environmentId, entry.key, entry.revision, dataKey]),
  );

const seal = (value: Secret, dataKey: DataKey, aad: Uint8Array, nonce: Uint8Array): Uint8Array => {
  const cipher = createCipheriv("aes-256-gcm", dataKey.key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(aad);
  const head = Uint8Array.of(value.binary ? 1 : 0);
  return Buffer.concat([cipher.update(head), cipher.update(value.expose()), cipher.final(), cipher.getAuthTag()]);
};

const openSealed = (row: LocalRow, dataKey: DataKey, aad: Uint8Array): Secret => {
  try {
    const decipher = createDecipheriv("aes-256-gcm", dataKey.key, row.nonce, { authTagLength: tagBytes });
    decipher.setAAD(aad);
    decipher.setAuthTag(row.ciphertext.subarray(-tagBytes));
    const plain = Buffer.concat([decipher.update(row.ciphertext.subarray(0, -tagBytes)), decipher.final()]);
    return new Secret(new Uint8Array(plain.subarray(1)), plain[0] === 1);
  } catch (cause) {
    throw new KeyrollError(
      "integrity",
      `The stored value of \`${row.key}\` (revision ${row.revision}) does not verify.`,
      { key: row.key },
      { cause },
    );
  }
};

/**
 * The embedded store: AES-256-GCM under a data key per environment, which the master key wraps. It keeps its
 * rows in Keyroll's own database and commits in the transaction that is in scope.
 */
const openLocal = (rows: LocalRows, scope: StoreScope, host: StoreHost): SecretStore => {
  const keyContext = (id: string): string => `${format}:${scope.appId}:${scope.environmentId}:${id}`;

  const dataKey = async (id: string | null): Promise<DataKey> => {
    const known = await rows.dataKey(id);
    if (known !== null) return { id: known.id, key: await host.keys.unwrap(known.wrapped, keyContext(known.id)) };
    if (id !== null) throw new KeyrollError("integrity", "The data key of a stored value is missing.");
    const made = { id: host.random.id(), key: host.random.bytes(32) };
    await rows.addDataKey({
      id: made.id,
      wrapped: await host.keys.wrap(made.key, keyContext(made.id)),
      at: host.clock.now(),
    });
    return made;
  };

  const read = async (at: number, keys?: readonly string[]): Promise<ReadonlyMap<string, Secret>> => {
    const manifest = await rows.manifest({ at });
    if (manifest === null)
      throw new KeyrollError("revision_gone", `Revision ${at} cannot be read any more.`, { actual: at });
    const wanted = keys === undefined ? [...manifest.entries.values()] : keys.map((key) => entryOf(manifest, key));
    const dataKeys = new Map<string, DataKey>();
    const values = new Map<string, Secret>();
    const found = await rows.values(wanted);
    for (const entry of wanted) {
      const row = found.get(entry.key);
      if (row === undefined)
        throw new KeyrollError(
          "integrity",
          `The stored value of \`${entry.key}\` (revision ${entry.revision}) is missing.`,
          { key: entry.key },
        );
      const key = dataKeys.get(row.dataKey) ?? (await dataKey(row.dataKey));
      dataKeys.set(row.dataKey, key);
      values.set(entry.key, openSealed(row, key, bound(scope, entry, key.id)));
    }
    return values;
  };

  const apply = (entries: Map<string, Entry>, change: Change, revision: number): void => {
    if (change.op === "remove") entries.delete(change.key);
    if (change.op === "set") {
      const { value } = change;
      entries.set(change.key, {
        key: change.key,
        revision,
        bytes: value.size,
        lines: value.lines,
        binary: value.binary,
      });
    }
  };

  const commit = async ({
    expect,
    txn,
    changes,
  }: Commit): Promise<{ done: Manifest } | { conflict: Manifest | null }> => {
    await rows.lock();
    const repeated = await rows.manifest({ txn });
    if (repeated !== null) return { done: repeated };
    const newest = await rows.manifest({});
    if ((newest?.revision ?? 0) !== expect) return { conflict: newest };
    const revision = expect + 1;
    const entries = new Map(newest?.entries);
    const key = await dataKey(null);
    const added: LocalRow[] = [];
    const last = new Map(changes.map((change) => [change.key, change]));
    for (const change of last.values()) {
      apply(entries, change, revision);
      if (change.op !== "set") continue;
      const nonce = host.random.bytes(nonceBytes);
      const ciphertext = seal(change.value, key, bound(scope, { key: change.key, revision }, key.id), nonce);
      added.push({ key: change.key, revision, dataKey: key.id, nonce, ciphertext });
    }
    const manifest: Manifest = { revision, txn, at: host.clock.now(), entries };
    await rows.add(manifest, added);
    return { done: manifest };
  };

  return {
    manifest: async (options = {}) => await rows.manifest(options.at === undefined ? {} : { at: options.at }),
    read,
    commit,
    revisions: async ({ before, limit }) => await rows.revisions(before ?? null, limit),
    upkeep: {
      inspect: async () => [],
      prune: async (keep) => {
        await rows.prune(keep);
        return { more: false };
      },
      purge: async (_keys, gone) => {
        const all = await rows.revisions(null, Number.MAX_SAFE_INTEGER);
        await rows.prune(new Set(all.map(({ revision }) => revision).filter((revision) => !gone.has(revision))));
      },
      // A save that failed has left nothing.
      discard: async () => undefined,
      destroy: async () => await rows.destroy(),
    },
  };
};

const entryOf = (manifest: Manifest, key: string): Entry => {
  const entry = manifest.entries.get(key);
  if (entry === undefined)
    throw new KeyrollError("not_found", `\`${key}\` is not in revision ${manifest.revision}.`, { key });
  return entry;
};

const settings = z.strictObject({});

/** The embedded store. */
export const local: StoreKind<z.output<typeof settings>> = {
  kind: "local",
  label: "Keyroll's own database (AES-256-GCM)",
  settings,
  capabilities: {
    valueBytes: null,
    keyPattern: null,
    transactional: true,
    revisionsKept: null,
    cannotPurge: null,
    plainReaders: false,
  },
  check: async (_settings, host) => [
    {
      id: "master-key",
      what: "the master key",
      ok: host.keys.open,
      required: true,
      message:
        host.keys.problem === null
          ? "The master key is there: values are encrypted with it."
          : `Values cannot be read or written: ${host.keys.problem}.`,
      next: host.keys.open ? null : "Give it with KEYROLL_MASTER_KEY_FILE.",
    },
  ],
  open: (_settings, scope, host) => openLocal(host.localRows(scope.environmentId), scope, host),
};
