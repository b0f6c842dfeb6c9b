import { envRule, whereRead } from "./env-reads.ts";

/** Bytes that are not text, read as text. */
export const envNotUtf8 = envRule(
  {
    id: "env-not-utf8",
    about: "A value that is not UTF-8 text is read as an environment variable: newer container runtimes refuse it.",
  },
  (read, { keys }) =>
    keys.get(read.key)?.utf8 === false
      ? {
          severity: "error",
          message: `${whereRead(read)} reads \`${read.key}\` as an environment variable, and it is not UTF-8 text.`,
          fix: "Mount it as a file, or save it encoded (base64 text).",
        }
      : null,
);
