/** What a command may touch of the machine. Only main.ts makes one from the process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether a person is at the other end. */
  readonly terminal: { readonly input: boolean; readonly output: boolean; readonly talk: boolean };
  /** Data: stdout. */
  out(data: string | Uint8Array): void;
  /** Talk: stderr. */
  err(text: string): void;
  /** Standard input to its end. */
  read(): Promise<Uint8Array>;
  /** Asks on the terminal; null when the person pressed Ctrl-C or Ctrl-D. Hidden answers are not shown. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | null>;
  /** Ctrl-C and TERM; the answer takes the listener away again. */
  onStop(listener: (signal: NodeJS.Signals) => void): () => void;
  /**
   * While a child runs: hears every signal that can be passed on to it, and no output whose reader has gone ends this
   * process; the answer takes both away again.
   */
  standBy(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Folder of the program: `cli/src` or `cli/dist`. */
  readonly program: string;
}
