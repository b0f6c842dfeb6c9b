/** Encrypts small things (data keys, credentials) under the master key. */
export interface KeyWrap {
  /** false: there is no master key; both methods throw `sealed`. */
  readonly open: boolean;
  /**
   * Authenticated encryption; `context` is bound to the result and must be given again.
   * @throws {KeyrollError} `sealed`.
   */
  wrap(plain: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * @throws {KeyrollError} `sealed`; `integrity` when the bytes, the key or the context differ.
   */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}
