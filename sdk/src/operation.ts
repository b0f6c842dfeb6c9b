import { KeyrollError } from "@keyroll/contract/errors";
import { readProblem } from "./problem.ts";

/** What a 202 says of the operation behind it. */
export interface Operation {
  readonly id: string;
  readonly state: string;
  readonly share: number;
  readonly progress: { readonly written: number; readonly of: number; readonly secondsLeft: number | null } | null;
  readonly result: unknown;
  readonly problem: unknown;
  readonly message: string | null;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** Null also when an older server does not tell. */
const readProgress = (value: unknown): Operation["progress"] => {
  const [written, of, secondsLeft] = ["written", "of", "secondsLeft"].map((name) => field(value, name));
  if (typeof written !== "number" || typeof of !== "number") return null;
  return { written, of, secondsLeft: typeof secondsLeft === "number" ? secondsLeft : null };
};

/** @throws ApiError `unavailable` for a body that is none of ours */
export const readOperation = (body: unknown): Operation => {
  const found = field(body, "operation");
  const [id, state, share, message] = ["id", "state", "share", "message"].map((name) => field(found, name));
  if (typeof id !== "string" || typeof state !== "string") throw readProblem(202, null, null);
  return {
    id,
    state,
    share: typeof share === "number" ? share : 0,
    progress: readProgress(field(found, "progress")),
    result: field(found, "result"),
    problem: field(found, "problem"),
    message: typeof message === "string" ? message : null,
  };
};

/**
 * What the request would have answered.
 *
 * @throws ApiError what it would have answered with; KeyrollError `indeterminate` when the server died during it, or its store was lost
 */
export const resultOf = (operation: Operation): unknown => {
  if (operation.state === "done") return operation.result;
  if (operation.state === "failed") {
    const status = field(operation.problem, "status");
    throw readProblem(typeof status === "number" ? status : 500, operation.problem, null);
  }
  throw new KeyrollError(
    "indeterminate",
    `It was cut off in the middle: ${operation.message ?? "look what is saved"}.`,
    {
      next: "Read the newest revision; save again what it lacks.",
    },
  );
};
