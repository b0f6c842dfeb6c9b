/** Randomness, as a parameter: ids, nonces and jitter can be repeated in a test. */
export interface Random {
  /** Cryptographically strong bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter and sampling only. */
  fraction(): number;
  /** A new identifier: 26 characters, sorting by time of making within one process. */
  id(): string;
}
