/** One-way functions of sign-in. */
export interface Passwords {
  /** argon2id, in its own string form with parameters and salt. */
  hash(password: string): Promise<string>;
  /** Takes the same time whether or not there is a `hash` (null: nobody of that name). */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** sha256, for tokens and cookies, which are random already. */
  digest(text: string): Uint8Array;
  /** sha256 in hex, of a chart. */
  digestBytes(bytes: Uint8Array): string;
}
