import type { ZodType } from "zod";
import type { Clock } from "./clock.ts";
import type { CloudIdentity } from "./cloud-identity.ts";
import type { Egress } from "./egress.ts";
import type { LocalRows } from "./local-rows.ts";
import type { KeyWrap } from "./key-wrap.ts";
import type { Pacer } from "./pacer.ts";
import type { Random } from "./random.ts";
import type { Secret } from "./secret.ts";

/** What a store can and cannot do; shown at `/stores` and used in every check before a write. */
export interface Capabilities {
  /** Largest value in bytes; null: only the product's own limits. */
  readonly valueBytes: number | null;
  /** How larger ones could be taken, and what that costs, in a sentence; absent: not at all. */
  readonly larger?: string;
  /** Names that the store can hold, when narrower than a Kubernetes Secret's. */
  readonly keyPattern: RegExp | null;
  /** Whether a commit runs inside the caller's database transaction (the embedded store). */
  readonly transactional: boolean;
  /** Old revisions that can be read back; null: all of them. */
  readonly revisionsKept: number | null;
  /** Why older values of single keys cannot be deleted at once; null: they can. */
  readonly cannotPurge: string | null;
  /** Programs read single keys past Keyroll: a removed one stays readable there until its old values go. */
  readonly plainReaders: boolean;
}

/** One key of one revision. Never a value. */
export interface Entry {
  readonly key: string;
  /** The revision in which this value was written. */
  readonly revision: number;
  readonly bytes: number;
  readonly lines: number;
  readonly binary: boolean;
}

/** A whole revision, without values. */
export interface Manifest {
  readonly revision: number;
  /** The commit that made it: the same `txn` twice is the same revision. */
  readonly txn: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Change =
  | { readonly op: "set"; readonly key: string; readonly value: Secret }
  | { readonly op: "remove"; readonly key: string }
  /** Take what others put there as the key's value. */
  | { readonly op: "adopt"; readonly key: string }
  /**
   * Put the newest revision's own value there again, where others changed or deleted it. It counts as the same value:
   * the entry keeps its revision. Another one is refused (`integrity`), as far as the store can tell.
   */
  | { readonly op: "mend"; readonly key: string; readonly value: Secret };

export interface Commit {
  /** Revision that the changes were made against; 0 = never saved. Compare-and-swap. */
  readonly expect: number;
  /** Chosen by the caller; a repeated commit with the same `txn` answers what the first one made. */
  readonly txn: string;
  /** The last one of a key counts. Removing what is not there is no mistake. */
  readonly changes: readonly Change[];
}

/** How far a commit is. */
export interface Written {
  /** Values that are written, of all that are to be. They count once the commit is whole. */
  readonly written: number;
  readonly of: number;
  /** Milliseconds that the provider's quota makes the rest take; 0: as long as the calls themselves. */
  readonly left: number;
}

export interface CommitOptions {
  readonly signal: AbortSignal;
  /** Called before the first value and after each; never by a store that writes all of them at once. */
  readonly progress: (written: Written) => void;
}

/** Something in the store that Keyroll did not put there, or not so. */
export interface Drift {
  readonly key: string;
  /** `foreign`: in no revision; `changed`: another value than the newest revision's; `missing`: deleted. */
  readonly kind: "foreign" | "changed" | "missing";
  readonly message: string;
  /** When the value that is there was written, and by whom, as far as the provider tells. Epoch milliseconds. */
  readonly at: number | null;
  readonly by: string | null;
  /**
   * Whether all that came after the saved value was written by the identity that wrote that: so a failed save leaves it.
   * Of a key that no revision has: all of it, by the identity that wrote the newest revision.
   */
  readonly ours: boolean;
  /** The revision from which the value that Keyroll saved can still be read; null: from none. */
  readonly savedIn: number | null;
}

export interface RevisionInfo {
  readonly revision: number;
  readonly at: number;
  readonly readable: boolean;
}

/**
 * The values of one environment. Absent is `null`; a store that cannot be reached throws
 * `provider_unreachable`, never answers `null`.
 */
export interface SecretStore {
  /**
   * The newest revision, or exactly `at`; null: never saved (or `at` is gone). `atLeast` waits out stale reads. `toSave`:
   * a commit on it follows at once, maybe after reading these keys; a far store then need not ask for it all again.
   */
  manifest(options?: {
    readonly at?: number;
    readonly atLeast?: number;
    readonly toSave?: readonly string[];
  }): Promise<Manifest | null>;
  /** Exactly that revision: all named keys (all keys when absent), whole or an error (`revision_gone`, `integrity`). */
  read(at: number, keys?: readonly string[]): Promise<ReadonlyMap<string, Secret>>;
  /** All or nothing, compare-and-swap on `expect`. `conflict` holds the newest manifest; nothing was changed. */
  commit(
    commit: Commit,
    options: CommitOptions,
  ): Promise<{ readonly done: Manifest } | { readonly conflict: Manifest | null }>;
  /** Newest first. */
  revisions(options: { readonly before?: number; readonly limit: number }): Promise<readonly RevisionInfo[]>;
  readonly upkeep: {
    /** `authors` false: nobody is asked who did it (`by` null, `ours` false), which is a request for each key. */
    inspect(ask?: { readonly authors: boolean }): Promise<readonly Drift[]>;
    /** Drops values that only revisions outside `keep` need. */
    prune(keep: ReadonlySet<number>, fence: number): Promise<{ readonly more: boolean }>;
    /**
     * Deletes for good what `revisions` (all that hold one of these keys) have of them; none of them can be read whole
     * after. The newest revision is never touched.
     * @throws {KeyrollError} `in_use` naming a key that others have written since it was removed: it is left alone.
     */
    purge(keys: readonly string[], revisions: ReadonlySet<number>): Promise<void>;
    /**
     * Deletes what failed saves left of keys that no revision has; what a save may still be at, and what a revision has, is
     * left alone. `fence` as in `prune`.
     */
    discard(keys: readonly string[], fence: number): Promise<void>;
    destroy(mode: "soft" | "purge"): Promise<void>;
  };
}

/** What a choice in the settings costs. */
export interface Cost {
  readonly setting: string;
  readonly value: string;
  /** How much, for what, and whether it can be undone; in sentences. */
  readonly text: string;
}

/** One right or fact that `check` tried. */
export interface CheckFinding {
  readonly id: string;
  readonly what: string;
  readonly ok: boolean;
  readonly required: boolean;
  readonly message: string;
  readonly next: string | null;
}

/** Rights that somebody has to give, in the provider's own form. */
export interface Policy {
  /** Short, the same for every store: `writer`, `reader`, … */
  readonly name: string;
  /** A sentence: whom it is for, and what it allows. */
  readonly purpose: string;
  /** JSON to hand to the provider as it is, unless the purpose says what to fill in. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** What rights are for: one environment, all of an app (`environment` null), or all of a connection. Need not exist yet. */
export interface PolicyScope {
  readonly app: string | null;
  readonly environment: string | null;
}

/** Which environment's values. */
export interface StoreScope {
  readonly appId: string;
  readonly app: string;
  readonly environmentId: string;
  readonly environment: string;
  readonly slot: "live";
}

/** What a store may use of the world. */
export interface StoreHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly pacer: Pacer;
  readonly keys: KeyWrap;
  readonly egress: Egress;
  /** What a provider's usual variables of the server process say (`VAULT_TOKEN`, …); the allow-list is config.ts's. */
  readonly variables: ReadonlyMap<string, string>;
  /** The embedded store's own tables, in the transaction that is in scope. No other store touches them. */
  readonly localRows: (environmentId: string) => LocalRows;
}

/** A path in the provider's own service where other programs keep values. */
export interface ForeignPlace {
  readonly path: string;
  readonly region: string;
}

/** One value that another program keeps, under the last part of its name. */
export interface ForeignValue {
  readonly name: string;
  readonly value: Secret;
  /** The provider holds a list here; the value is its text. */
  readonly list: boolean;
}

export interface ForeignValues {
  readonly values: readonly ForeignValue[];
  /** What lies deeper and is not read: how many at least, and below which parts. */
  readonly nested: { readonly count: number; readonly more: boolean; readonly below: readonly string[] };
}

/** Taking in what other programs keep in the same service. */
export interface Foreign<S> {
  /** @throws {KeyrollError} `invalid`: it is no path or Region, or one that nobody may take in. */
  place(settings: S, given: { readonly path: string; readonly region: string | undefined }): ForeignPlace;
  /** @throws {KeyrollError} `not_found` when nothing lies directly below; `limit_exceeded`; the provider's own. */
  read(settings: S, place: ForeignPlace, host: StoreHost): Promise<ForeignValues>;
}

/** What one store file exports: a factory makes it once, at start. */
export interface StoreKind<S> {
  readonly kind: string;
  readonly label: string;
  readonly settings: ZodType<S>;
  readonly capabilities: Capabilities;
  /** The settings that say where values lie; others may change while values are there. Absent: all of them. */
  place?(settings: S): Readonly<Record<string, unknown>>;
  /** The least rights that the provider must give. Absent: the store has none to print. */
  policies?(settings: S, scope: PolicyScope): readonly Policy[];
  /** As whom the store asks AWS. Absent: it is not in AWS. */
  identity?(settings: S): CloudIdentity;
  /** What settings change of them; absent: nothing. */
  readonly capabilitiesOf?: (settings: S) => Capabilities;
  /** Settings that cost money: a connection takes them only by consent. */
  readonly costs?: readonly Cost[];
  /** Rights, key state, throughput, encryption: each tried and reported. */
  check(settings: S, host: StoreHost): Promise<readonly CheckFinding[]>;
  /** Bound to one environment. Opens nothing; the first call does. */
  open(settings: S, scope: StoreScope, host: StoreHost): SecretStore;
  /** Absent: values of other programs cannot be taken in from there. */
  readonly foreign?: Foreign<S>;
  /** Where this environment's values lie, for stores whose values other programs can read by a path. */
  valuesAt?(settings: S, scope: StoreScope): ForeignPlace;
}
