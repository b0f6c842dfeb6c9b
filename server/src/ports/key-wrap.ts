/** Encrypts small things (data keys, credentials) under the master key. */
export interface KeyWrap {
  /** false: there is no master key, or another than this database's; its methods throw. */
  readonly open: boolean;
  /** Why it is not open, in one clause; null when it is. */
  readonly problem: string | null;
  /**
   * Authenticated encryption; `context` is bound to the result and must be given again.
   * @throws {KeyrollError} `sealed` without a master key, `integrity` with another than this database's.
   */
  wrap(plain: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * @throws {KeyrollError} `sealed`; `integrity` when the bytes, the key or the context differ.
   */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * A keyed digest (HMAC-SHA256, base64url) of these parts in this order, under a key that is derived from the master
   * key for this context alone: without that key nobody can try guesses against it.
   * @throws {KeyrollError} `sealed`, `integrity` as `wrap`.
   */
  digest(parts: readonly Uint8Array[], context: string): Promise<string>;
}

/** Something small that the master key wrapped first: it tells the right key from another. */
export interface Witness {
  /** Null: nothing was ever wrapped for this database. */
  read(): Promise<Uint8Array | null>;
  /** Keeps it unless there is one; answers the one that stands. */
  keep(wrapped: Uint8Array): Promise<Uint8Array>;
}
