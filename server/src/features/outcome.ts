/** A new login, to be set as the session cookie. */
export interface Session {
  readonly text: string;
  readonly expires: number;
}

/** Proof that the audit entry of a change was written; only the frames make one. */
export class Committed<T> {
  readonly #committed = true;
  readonly result: T;
  readonly session: Session | "end" | null;

  constructor(result: T, session: Session | "end" | null) {
    this.result = result;
    this.session = session;
  }

  get committed(): boolean {
    return this.#committed;
  }
}

/** Proof that an operation's intent was recorded; only the frames make one. */
export class Begun<I> {
  readonly #begun = true;
  readonly intent: I;

  constructor(intent: I) {
    this.intent = intent;
  }

  get begun(): boolean {
    return this.#begun;
  }
}
