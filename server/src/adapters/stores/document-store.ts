import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { Commit, Manifest, RevisionInfo, SecretStore, StoreScope } from "../../ports/secret-store.ts";
import type { Secret } from "../../ports/secret.ts";
import { apply, decode, isSamePair, manifestOf, parse, print, type Document, type Stored } from "./document.ts";
import { driftOf } from "./document-drift.ts";

export interface VersionInfo extends RevisionInfo {
  /** Nobody can have it again: false for one that was deleted softly, which an administrator of the provider can undo. */
  readonly isGone: boolean;
}

/**
 * What a provider does for one document of its own, of which it keeps numbered versions. Version n is revision n.
 * Every method throws when the provider cannot be reached.
 */
export interface DocumentDriver {
  /** Where the document is, for messages: ``OpenBao `secret/keyroll/shop/dev` ``. */
  readonly place: string;
  /** Largest document, in bytes of JSON. */
  readonly documentBytes: number;
  /** What a person does about a newest version that is not Keyroll's or was deleted by hand. */
  readonly repair: string;
  /** The newest version, or exactly `at`. Null: there never was one, or `at` is gone. `document` null: deleted by hand. */
  load(at: number | null): Promise<{ readonly revision: number; readonly document: unknown } | null>;
  /**
   * Writes version `expect` + 1 if the newest still is `expect` (0: there is none); false: somebody was faster.
   * @throws {KeyrollError} `indeterminate` when the version may have been written; any other code: it was not.
   */
  store(document: Stored, expect: number): Promise<boolean>;
  /** All versions, newest first. */
  list(): Promise<readonly VersionInfo[]>;
  /** These versions, or everything with its history. `soft`: an administrator of the provider can undo it. */
  drop(which: readonly number[] | "everything", how: "soft" | "purge"): Promise<void>;
}

/** How often a commit whose outcome is unknown is looked at and sent again: compare-and-swap makes that safe. */
const attempts = 3;
/** How long a copy of the provider may lag behind its leader. */
const patience = { tries: 10, milliseconds: 200 };

/** A store that keeps an environment as one document: a commit is one write, a revision one version. */
export const documentStore = (
  driver: DocumentDriver,
  { scope, clock }: { readonly scope: StoreScope; readonly clock: Clock },
): SecretStore => {
  const { place } = driver;

  /**
   * A version that was written by hand, from one of ours, counts as a revision of its own; what it changed is of that
   * revision, so that whoever runs the values before it is not taken to run these.
   */
  const adopted = async (document: Document, revision: number): Promise<Document> => {
    if (document.revision === revision) return document;
    const before = parse((await driver.load(document.revision))?.document);
    const keys = new Map(
      [...document.keys].map(([key, pair]) => [
        key,
        isSamePair(before?.keys.get(key), pair) ? pair : { ...pair, revision },
      ]),
    );
    return { ...document, revision, txn: `by hand, version ${revision}`, keys, madeFrom: document.revision };
  };

  const own = async (stored: unknown, revision: number): Promise<Document> => {
    const document = parse(stored);
    if (document === null)
      throw new KeyrollError(
        "integrity",
        `Version ${revision} of ${place} ${stored === null ? "was deleted by hand" : "is not one that Keyroll wrote"}.`,
        { actual: revision, next: driver.repair, changed: false },
      );
    if (document.environment !== scope.environmentId && document.destroyed !== true)
      throw new KeyrollError("in_use", `${place} holds the values of another environment.`, {
        next: "Give this connection another prefix, or destroy the other environment's values.",
        changed: false,
      });
    return await adopted(document, revision);
  };

  const load = async (at: number): Promise<Document | null> => {
    const found = await driver.load(at);
    if (found === null) return null;
    const document = await own(found.document, found.revision);
    return document.destroyed === true ? null : document;
  };

  const lastSaved = async (below: number): Promise<Document | null> => {
    for (const { revision, readable } of await driver.list()) {
      if (revision >= below || !readable) continue;
      const document = parse((await driver.load(revision))?.document);
      if (document === null || document.destroyed === true) return null;
      if (document.revision === revision) return document;
    }
    return null;
  };

  /** The newest document, also one that only says that the values were destroyed. */
  const newest = async (atLeast = 0): Promise<Document | null> => {
    for (let tries = 1; ; tries++) {
      const found = await driver.load(null);
      const isStale = (found?.revision ?? 0) < atLeast && tries < patience.tries;
      if (!isStale) return found === null ? null : await own(found.document, found.revision);
      await clock.sleep(patience.milliseconds);
    }
  };
  const alive = (document: Document | null): Document | null => (document?.destroyed === true ? null : document);

  /** What `txn` made earlier on `expect`, if it did. */
  const repeated = async (live: Document | null, { expect, txn }: Commit): Promise<Document | null> => {
    if (live === null || live.txn === txn) return live;
    const made = expect === 0 ? live.since : expect + 1;
    const document = made < live.revision ? await load(made) : null;
    return document?.txn === txn ? document : null;
  };

  const next = (base: Document | null, { txn, changes }: Commit): Document => {
    const parent = base?.revision ?? 0;
    const live = alive(base);
    return {
      environment: scope.environmentId,
      revision: parent + 1,
      parent,
      since: live?.since ?? parent + 1,
      txn,
      at: clock.now(),
      keys: apply(live?.keys ?? new Map(), changes, parent + 1),
    };
  };

  const refuseTooLarge = (document: Document): void => {
    const bytes = Buffer.byteLength(JSON.stringify(print(document)));
    if (bytes <= driver.documentBytes) return;
    throw new KeyrollError(
      "limit_exceeded",
      `All values of the environment are one document of ${bytes} bytes; ${place} takes ${driver.documentBytes}.`,
      { limit: driver.documentBytes, actual: bytes, changed: false },
    );
  };

  const commit = async (wanted: Commit): Promise<{ done: Manifest } | { conflict: Manifest | null }> => {
    let base = await newest();
    let unknown: KeyrollError | null = null;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const live = alive(base);
      const earlier = await repeated(live, wanted);
      if (earlier !== null) return { done: manifestOf(earlier) };
      if ((live?.revision ?? 0) !== wanted.expect) return { conflict: live === null ? null : manifestOf(live) };
      const document = next(base, wanted);
      refuseTooLarge(document);
      let stored: boolean | null = null;
      try {
        stored = await driver.store(print(document), document.parent);
      } catch (error) {
        if (!(error instanceof KeyrollError) || error.code !== "indeterminate") throw error;
        unknown = error;
      }
      if (stored === true) return { done: manifestOf(document) };
      try {
        // Somebody was faster: a copy that still shows the version before is stale.
        base = await newest(stored === false ? document.revision : 0);
      } catch (error) {
        if (unknown !== null) throw unknown;
        throw error;
      }
    }
    throw (
      unknown ??
      new KeyrollError("provider_unreachable", `${place} refuses a version that it does not show.`, { changed: false })
    );
  };

  const destroy = async (mode: "soft" | "purge"): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const base = await newest();
      if (base === null || base.environment !== scope.environmentId) return;
      if (mode === "purge") {
        await driver.drop("everything", "purge");
        return;
      }
      const versions = await driver.list();
      const old = versions.filter(({ revision, readable }) => readable && revision < base.revision);
      const revisions = old.map(({ revision }) => revision);
      const grave = next(base, { expect: base.revision, txn: `destroyed after ${base.revision}`, changes: [] });
      const isGone =
        base.destroyed === true ||
        (await driver.store(print({ ...grave, destroyed: true, keys: new Map() }), base.revision));
      if (isGone) {
        await driver.drop(base.destroyed === true ? revisions : [...revisions, base.revision], "soft");
        return;
      }
      if (attempt === attempts)
        throw new KeyrollError("revision_conflict", `Others keep saving to ${place}; it was not destroyed.`);
    }
  };

  return {
    manifest: async ({ at, atLeast } = {}) => {
      const document = at === undefined ? alive(await newest(atLeast)) : await load(at);
      return document === null ? null : manifestOf(document);
    },
    read: async (at, keys) => {
      const document = await load(at);
      if (document === null)
        throw new KeyrollError("revision_gone", `Revision ${at} is not in ${place} any more.`, { actual: at });
      const values = new Map<string, Secret>();
      for (const key of keys ?? document.keys.keys()) {
        const pair = document.keys.get(key);
        if (pair === undefined) throw new KeyrollError("not_found", `\`${key}\` is not in revision ${at}.`, { key });
        values.set(key, decode(key, pair));
      }
      return values;
    },
    // One document is written at once: there is no progress to tell.
    commit: async (wanted, { signal }) => {
      signal.throwIfAborted();
      return await commit(wanted);
    },
    revisions: async ({ before, limit }) => {
      const live = alive(await newest());
      if (live === null) return [];
      const all = await driver.list();
      return all
        .filter((one) => one.revision >= live.since && one.revision < (before ?? Infinity))
        .slice(0, limit)
        .map(({ revision, at, readable }) => ({ revision, at, readable }));
    },
    upkeep: {
      inspect: async () => {
        const live = alive(await newest());
        return live === null
          ? []
          : await driftOf(live, { place, load, lastSaved, list: async () => await driver.list() });
      },
      prune: async (keep) => {
        const live = alive(await newest());
        if (live === null) return { more: false };
        const old = (await driver.list()).filter(({ revision }) => revision < live.revision && !keep.has(revision));
        // Also what somebody deleted so that it can be undone; of an earlier life that was destroyed, it may be.
        const there = old.filter(({ revision, readable, isGone }) => readable || (!isGone && revision >= live.since));
        const gone = there.map(({ revision }) => revision);
        if (gone.length > 0) await driver.drop(gone, "purge");
        return { more: false };
      },
      purge: async (_keys, gone) => {
        const live = alive(await newest());
        if (live === null) return;
        const there = (await driver.list()).filter(({ revision, isGone }) => !isGone && gone.has(revision));
        // With none left too: a driver's drop takes what no revision is any more along, and may have been cut off.
        const old = there.map(({ revision }) => revision).filter((revision) => revision < live.revision);
        await driver.drop(old, "purge");
      },
      // A save that failed has left nothing that anybody reads.
      discard: async () => undefined,
      destroy,
    },
  };
};
