import { KeyrollError } from "@keyroll/contract/errors";

/** No connection could be had, so this statement did nothing; the message is the driver's. */
export class DatabaseAway extends Error {
  override readonly name = "DatabaseAway";
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : "unknown", { cause });
  }
}

/** The driver's own code: of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) or of SQLite. */
const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "";
};

/**
 * Whether a transaction was undone only because another one came first: deadlock, serialization, or a row that appeared
 * or went away between a look and a write. Run again, it sees what the other one wrote.
 */
export const isOvertaken = (error: unknown): boolean => ["40P01", "40001", "23505", "23503"].includes(codeOf(error));

/** Whether a text holds U+0000, which PostgreSQL keeps in none. */
export const isNul = (error: unknown): boolean => codeOf(error) === "22021";

/** Connection lost (class 08 and pg's own sentences), shutdown and failover, no connection left. */
const away = /^(08...|57P0[123]|53300|25006)$/u;
const lost = /^(Connection terminated|Client has encountered a connection error|This socket has been ended)/u;
const full = /^(53100|SQLITE_FULL|SQLITE_IOERR.*|SQLITE_READONLY.*)$/u;

/**
 * What to tell of an error of the database; null: it is another error. Whether a change was made before is not known,
 * so only for reading it is said.
 */
export const troubleOf = (error: unknown, isReading: boolean): KeyrollError | null => {
  const [code, message] = [codeOf(error), error instanceof Error ? error.message : ""];
  const isFull = full.test(code);
  if (!isFull && !(error instanceof DatabaseAway) && !away.test(code) && !lost.test(message)) return null;
  return new KeyrollError(
    "unavailable",
    isFull ? "Keyroll's database cannot write: its disk is full or broken." : "Keyroll's database cannot be reached.",
    {
      next: `${isFull ? "Tell whoever runs Keyroll." : "Try again in a moment."}${
        isReading ? "" : " Read first whether the change was made: that is not known."
      }`,
      ...(isReading ? { changed: false } : {}),
    },
    { cause: error },
  );
};
