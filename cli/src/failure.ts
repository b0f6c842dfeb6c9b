import { KeyrollError } from "@keyroll/contract/errors";
import { ApiError } from "@keyroll/sdk";

/** An error in words: what happened, each mistake on a line, whether anything changed, what to do next. */
export const explain = (error: KeyrollError): string => {
  const { problems = [], keys = [], changed, retryAfter } = error.facts;
  const lines = [`keyroll: ${error.message}`];
  for (const { line, message } of problems) {
    const says = line === undefined || line === 0 || message.startsWith("Line ");
    const text = `  ${says ? "" : `line ${line}: `}${message}`;
    if (!error.message.includes(message)) lines.push(text);
  }
  if (keys.length > 0 && !keys.every((key) => error.message.includes(key))) lines.push(`  Keys: ${keys.join(", ")}`);
  lines.push(`  ${error.next}`);
  if (retryAfter !== undefined) lines.push(`  Wait ${retryAfter} s.`);
  if (changed === true) lines.push("  Something was changed before this; look before you try again.");
  if (error instanceof ApiError && error.requestId !== null && ["internal", "integrity"].includes(error.code))
    lines.push(`  Request ${error.requestId}`);
  return lines.join("\n");
};

/** The same for programs. */
export const failureJson = (error: KeyrollError): object => ({
  error: {
    code: error.code,
    message: error.message,
    next: error.next,
    ...error.facts,
    ...(error instanceof ApiError ? { requestId: error.requestId } : {}),
  },
});

/** What is no KeyrollError yet: files that cannot be read, mostly. */
export const toKeyrollError = (error: unknown): KeyrollError => {
  if (error instanceof KeyrollError) return error;
  if (error instanceof Error && "code" in error && "path" in error && typeof error.path === "string") {
    const why =
      new Map([
        ["ENOENT", "does not exist"],
        ["EACCES", "may not be read or written"],
        ["EISDIR", "is a folder"],
        ["ENOTDIR", "is not a folder"],
        ["ENOSPC", "cannot be written: the disk is full"],
      ]).get(String(error.code)) ?? `fails with ${String(error.code)}`;
    return new KeyrollError(error.code === "ENOENT" ? "not_found" : "bad_request", `${error.path} ${why}.`, {
      next: "Check the path.",
    });
  }
  return new KeyrollError("internal", error instanceof Error ? `${error.name}: ${error.message}` : "Unknown error.", {
    next: "This is a defect of keyroll: please report it with the command (without values).",
  });
};
