import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost, StoreScope } from "../../../ports/secret-store.ts";
import type { Calls } from "./calls.ts";
import { packRecord, partName, partsOf, unpackRecord, type CommitRecord } from "./record.ts";
import { CallFailed } from "./parameters.ts";

/** Where an environment lies: values that other programs may read, and beside them what only Keyroll reads. */
export interface Paths {
  readonly region: string;
  readonly values: string;
  readonly records: string;
}

/** Milliseconds. */
export interface Times {
  /** How long a read waits for something that must be there: Parameter Store promises no read after write. */
  readonly patience: number;
  /** No save lasts longer. Nothing younger is deleted: it may belong to one that is under way. */
  readonly longestSave: number;
}

/** Attempts at a record whose answers are lost. */
const lostAttempts = 6;
/** Records asked for at once while looking for the newest. */
const stride = 3;

export const recordName = (paths: Paths, revision: number): string =>
  `${paths.records}/${String(revision).padStart(6, "0")}`;

/** The revision in a record's name, also in a part's; null: something else. */
export const revisionIn = (name: string): number | null => {
  const found = /\/(\d{6,15})(?:\.[^/]*)?$/u.exec(name)?.[1];
  return found === undefined ? null : Number(found);
};

/** What may be asked for in the same request. */
interface Also {
  /** The digest key: `digestKey` has it then without a request of its own. */
  readonly digestKey: boolean;
}

const nothingElse: Also = { digestKey: false };

/** The revisions that have a record among what was listed, oldest first. */
export const revisionsIn = (listed: readonly { readonly name: string }[]): number[] =>
  listed
    .filter(({ name }) => /\/\d{6,15}$/u.test(name))
    .flatMap(({ name }) => revisionIn(name) ?? [])
    .toSorted((a, b) => a - b);

export interface Records {
  /** Revisions that have a record, oldest first. */
  numbers(): Promise<readonly number[]>;
  /** Null: never saved, or pruned. */
  at(revision: number, ask?: Also): Promise<CommitRecord | null>;
  /** Those of the given revisions that are there. */
  all(revisions: readonly number[]): Promise<readonly CommitRecord[]>;
  /** Waits a while for `atLeast`, then answers what there is. */
  newest(atLeast?: number, ask?: Also): Promise<CommitRecord | null>;
  /**
   * Creates the record, once. The other one of this number when somebody was faster.
   * @throws {KeyrollError} `indeterminate` when it may have been created.
   */
  create(record: CommitRecord, signal: AbortSignal): Promise<"created" | CommitRecord>;
  /** 32 bytes, made with the first revision. */
  digestKey(mayMake: boolean, signal?: AbortSignal): Promise<Uint8Array>;
  /** Deletes every record and the digest key. */
  destroy(): Promise<void>;
}

/** `hints`: the newest revision seen, by path; a record is never lost before a newer one, so it is a lower bound. */
export const createRecords = (
  calls: Calls,
  paths: Paths,
  scope: StoreScope,
  { clock, random, patience }: Pick<StoreHost, "clock" | "random"> & Pick<Times, "patience">,
  hints: Map<string, number>,
): Records => {
  const place = `${paths.region}:${paths.records}`;
  const keyName = `${paths.records}/key`;

  const open = (
    revision: number,
    head: string,
    parts: ReadonlyMap<string, { readonly value: string }>,
  ): CommitRecord => {
    let record: CommitRecord;
    try {
      record = unpackRecord(
        head,
        partsOf(head).map((part) => parts.get(selectorOf(revision, part))?.value ?? ""),
      );
    } catch {
      // The cause may quote what it could not read.
      throw damaged(revision);
    }
    if (record.revision !== revision) throw damaged(revision);
    if (record.environmentId === scope.environmentId) return record;
    throw new KeyrollError(
      "in_use",
      `${paths.values} in ${paths.region} holds the values of another environment (id \`${record.environmentId}\`).`,
      { field: "store.settings.prefix", changed: false, next: "Use another prefix, or delete what is there." },
    );
  };
  const damaged = (revision: number): KeyrollError =>
    new KeyrollError(
      "integrity",
      `The record of revision ${revision}, ${recordName(paths, revision)}, does not verify.`,
      {
        actual: revision,
        next: "Older revisions can still be read. Restore this parameter's first version from a backup.",
      },
    );

  // A record has one version. Asking for it by number makes an overwriting by others ineffective.
  const selectorOf = (revision: number, part?: string): string =>
    `${recordName(paths, revision)}${part === undefined ? "" : `.${part}`}:1`;

  let known: Uint8Array | null = null;
  const takeKey = (text: string): Uint8Array => (known = new Uint8Array(Buffer.from(text, "base64url")));

  const all = async (revisions: readonly number[], also = nothingElse): Promise<CommitRecord[]> => {
    const asksForKey = also.digestKey && known === null;
    const heads = await calls.get([
      ...revisions.map((revision) => selectorOf(revision)),
      ...(asksForKey ? [keyName] : []),
    ]);
    const key = heads.get(keyName)?.value;
    if (key !== undefined) takeKey(key);
    const found = revisions.flatMap((revision) => {
      const head = heads.get(selectorOf(revision))?.value;
      return head === undefined ? [] : [{ revision, head }];
    });
    const selectors = found.flatMap(({ revision, head }) => partsOf(head).map((part) => selectorOf(revision, part)));
    // They were written before their record and may be seen after it.
    const parts = await patiently(
      async () => await calls.get(selectors),
      ({ size }) => size === selectors.length,
    );
    const records = found.map(({ revision, head }) => open(revision, head, parts));
    for (const { revision } of records) hints.set(place, Math.max(hints.get(place) ?? 0, revision));
    return records;
  };

  const numbers = async (): Promise<number[]> => revisionsIn(await calls.list(paths.records));

  /** The newest from `from` on. Numbers have no holes above the oldest: the first missing one ends the search. */
  const forward = async (from: number, also: Also): Promise<CommitRecord | null> => {
    let newest: CommitRecord | null = null;
    for (let first = Math.max(1, from); ; first += stride) {
      const found = await all(
        Array.from({ length: stride }, (_, i) => first + i),
        also,
      );
      newest = found.at(-1) ?? newest;
      if (newest?.revision !== first + stride - 1) return newest;
    }
  };

  /** Asks until `done`, or until what must have appeared by now has not. */
  const patiently = async <T>(look: () => Promise<T>, done: (found: T) => boolean): Promise<T> => {
    const end = clock.now() + patience;
    for (let attempt = 0; ; attempt++) {
      const found = await look();
      if (done(found) || clock.now() >= end) return found;
      await calls.pause(attempt);
    }
  };

  const newest = async (atLeast = 0, also = nothingElse): Promise<CommitRecord | null> => {
    const sure = Math.max(atLeast, hints.get(place) ?? 0);
    const found = await patiently(
      async () => (sure > 0 ? await forward(sure, also) : null) ?? (await forward((await numbers()).at(-1) ?? 1, also)),
      (found) => (found?.revision ?? 0) >= sure,
    );
    // It is not late but gone: the environment was destroyed elsewhere.
    if ((found?.revision ?? 0) < (hints.get(place) ?? 0)) hints.set(place, found?.revision ?? 0);
    return found;
  };

  const at = async (revision: number, also = nothingElse): Promise<CommitRecord | null> => {
    const [found] = await all([revision], also);
    if (found !== undefined) return found;
    // The oldest are deleted first: below the oldest it is gone, above it may be late.
    const [oldest] = await numbers();
    if (oldest === undefined ? !hints.has(place) : revision < oldest) return null;
    const [late] = await patiently(
      async () => await all([revision]),
      (records) => records.length > 0,
    );
    return late ?? null;
  };

  /**
   * A put that succeeds once, for all who try. After a lost answer the same put tells what happened: it succeeds, or
   * meets a parameter, maybe ours.
   */
  const putOnce = async (
    name: string,
    value: string,
    unknown: "indeterminate" | "provider_unreachable",
  ): Promise<"put" | "exists"> => {
    for (let lost = 0; ;) {
      try {
        await calls.put({ name, value, overwrite: false });
        return "put";
      } catch (error) {
        if (error instanceof CallFailed && error.failure === "exists") return "exists";
        const isLost = error instanceof CallFailed && error.failure === "lost";
        if (isLost) lost++;
        if (!isLost && lost === 0) throw error;
        if (!isLost || lost >= lostAttempts)
          throw new KeyrollError(
            unknown,
            `Whether ${name} was written is not known: AWS gave no answer.`,
            {},
            { cause: error },
          );
        await calls.pause(lost);
      }
    }
  };

  /** The record that a put has met, ours or another's. Until it is read, not even a failure to read it is a no. */
  const whoseIs = async (revision: number): Promise<CommitRecord> => {
    const unknown = `Revision ${revision} exists and cannot be read yet: whether it is this one is not known.`;
    try {
      const [there] = await patiently(
        async () => await all([revision]),
        (found) => found.length > 0,
      );
      if (there !== undefined) return there;
    } catch (cause) {
      if (!(cause instanceof KeyrollError) || cause.code === "in_use") throw cause;
      throw new KeyrollError("indeterminate", unknown, { actual: revision }, { cause });
    }
    throw new KeyrollError("indeterminate", unknown, { actual: revision });
  };

  const create = async (record: CommitRecord, signal: AbortSignal): Promise<"created" | CommitRecord> => {
    const tag = Buffer.from(random.bytes(6)).toString("hex");
    const { head, parts } = packRecord(record, tag);
    for (const [index, part] of parts.entries()) {
      signal.throwIfAborted();
      // A part alone is nothing; its name is of this attempt, so one that exists is ours.
      await putOnce(`${recordName(paths, record.revision)}.${partName(tag, index)}`, part, "provider_unreachable");
    }
    signal.throwIfAborted();
    // From here on the caller's patience does not count: the answer must be known.
    if ((await putOnce(recordName(paths, record.revision), head, "indeterminate")) === "put") {
      hints.set(place, record.revision);
      return "created";
    }
    const there = await whoseIs(record.revision);
    return there.txn === record.txn ? "created" : there;
  };

  const digestKey = async (mayMake: boolean, signal?: AbortSignal): Promise<Uint8Array> => {
    // Where nothing was ever saved, one that is known is of an environment that was destroyed since.
    if (known !== null && !mayMake) return known;
    const look = async (): Promise<string | undefined> => (await calls.get([keyName], signal)).get(keyName)?.value;
    const isThere = (found: string | undefined): boolean => found !== undefined;
    let text = mayMake ? await look() : await patiently(look, isThere);
    if (text === undefined && mayMake) {
      const made = Buffer.from(random.bytes(32)).toString("base64url");
      // One that exists is somebody's, or ours after a lost answer.
      text = (await putOnce(keyName, made, "provider_unreachable")) === "put" ? made : await patiently(look, isThere);
    }
    if (text === undefined)
      throw new KeyrollError("integrity", `${keyName} is missing: no value of this environment can be verified.`, {
        changed: false,
        next: "Restore this parameter from a backup.",
      });
    return takeKey(text);
  };

  const destroy = async (): Promise<void> => {
    const listed = (await calls.list(paths.records)).map(({ name }) => name);
    // The key goes last: until then a second try finds everything that is left.
    await calls.remove(listed.filter((name) => name !== keyName));
    await calls.remove(listed.filter((name) => name === keyName));
    hints.delete(place);
    known = null;
  };

  return { numbers, at, all, newest, create, digestKey, destroy };
};
