import type { Entry, Manifest, RevisionInfo } from "./secret-store.ts";

/** One encrypted value as it lies in the database. */
export interface LocalRow {
  readonly key: string;
  readonly revision: number;
  readonly dataKey: string;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** The embedded store's own tables, of one environment, in the transaction that is in scope. */
export interface LocalRows {
  /** Serialises commits of this environment until the transaction ends. */
  lock(): Promise<void>;
  manifest(which: { readonly at?: number; readonly txn?: string }): Promise<Manifest | null>;
  /** The values of exactly these entries. */
  values(entries: readonly Entry[]): Promise<ReadonlyMap<string, LocalRow>>;
  /** The newest data key, or the one of this id. */
  dataKey(id: string | null): Promise<{ readonly id: string; readonly wrapped: Uint8Array } | null>;
  addDataKey(key: { readonly id: string; readonly wrapped: Uint8Array; readonly at: number }): Promise<void>;
  add(manifest: Manifest, values: readonly LocalRow[]): Promise<void>;
  revisions(before: number | null, limit: number): Promise<readonly RevisionInfo[]>;
  /** Drops revisions outside `keep`, and values that no kept revision needs. The newest is always kept. */
  prune(keep: ReadonlySet<number>): Promise<void>;
  destroy(): Promise<void>;
}
