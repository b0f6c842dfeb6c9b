import { isErrorCode, KeyrollError, type ErrorFacts } from "@keyroll/contract/errors";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const figure = (value: unknown): string | number | undefined =>
  typeof value === "number" || typeof value === "string" ? value : undefined;

/** What the server said went wrong, with the request id that its log has. */
export class ApiError extends KeyrollError {
  readonly requestId: string | null;

  constructor(error: KeyrollError, requestId: string | null) {
    super(error.code, error.message, error.facts);
    this.requestId = requestId;
  }
}

/** Reads an RFC 9457 answer. Whatever it lacks is left out; a body that is none of ours becomes `unavailable`. */
export const readProblem = (status: number, body: unknown, retryAfter: string | null): ApiError => {
  if (!isRecord(body) || typeof body["code"] !== "string" || !isErrorCode(body["code"])) {
    const error = new KeyrollError(
      "unavailable",
      `The server answered ${status} with something that is not Keyroll's.`,
      {
        next: "Check the address: it must be Keyroll's own, without a path; a proxy may be in between.",
      },
    );
    return new ApiError(error, null);
  }
  const facts: ErrorFacts = {};
  const field = text(body["field"]);
  if (field !== undefined) facts.field = field;
  const key = text(body["key"]);
  if (key !== undefined) facts.key = key;
  if (Array.isArray(body["keys"])) facts.keys = body["keys"].filter((one) => typeof one === "string");
  const limit = figure(body["limit"]);
  if (limit !== undefined) facts.limit = limit;
  const actual = figure(body["actual"]);
  if (actual !== undefined) facts.actual = actual;
  const next = text(body["next"]);
  if (next !== undefined) facts.next = next;
  if (typeof body["changed"] === "boolean") facts.changed = body["changed"];
  if (retryAfter !== null && /^\d+$/u.test(retryAfter)) facts.retryAfter = Number(retryAfter);
  if (Array.isArray(body["problems"])) {
    facts.problems = body["problems"].filter(isRecord).map((one) => ({
      rule: text(one["rule"]) ?? "",
      message: text(one["message"]) ?? "",
      ...(text(one["field"]) === undefined ? {} : { field: text(one["field"]) ?? "" }),
      ...(text(one["key"]) === undefined ? {} : { key: text(one["key"]) ?? "" }),
      ...(typeof one["line"] === "number" ? { line: one["line"] } : {}),
    }));
  }
  const error = new KeyrollError(body["code"], text(body["detail"]) ?? text(body["title"]) ?? "", facts);
  return new ApiError(error, text(body["requestId"]) ?? null);
};
