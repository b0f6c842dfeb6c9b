import { KeyrollError, type Problem } from "@keyroll/contract/errors";
import { fieldWords } from "@keyroll/contract/field-words";
import type { InputOf, OutputOf, ParamsOf, QueryOf, RouteSpec } from "@keyroll/contract";
import type { ZodError, ZodType } from "zod";
import type { Reader, Tx } from "../database/schema.ts";
import { isAllowed, type Actor } from "./actor.ts";
import { writeAudit, type AuditEntry } from "./audit-entry.ts";
import type { Host } from "./host.ts";
import { transact } from "./transact.ts";
import { keepOutcome, takeOutcome } from "./idempotency.ts";
import { Committed, type Session } from "./outcome.ts";
import { loadSubject, type Subject, type SubjectOf } from "./subject.ts";

/** One request, however it came: over HTTP, from a job, from another verb's caller. */
export interface Call {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly input: unknown;
  readonly ifMatch: number | null;
  readonly idempotencyKey: string | null;
  readonly requestId: string | null;
  /** Network address of the caller, for throttling; null inside. */
  readonly address: string | null;
  readonly signal: AbortSignal;
}

/** What came out, before HTTP dresses it. */
export interface Reply {
  readonly result: unknown;
  readonly session: Session | "end" | null;
  /** It goes on: the result is the operation to follow. */
  readonly accepted?: boolean;
}

/** Common to all three frames. */
export type Context<R extends RouteSpec> = {
  readonly host: Host;
  readonly actor: Actor;
  readonly params: ParamsOf<R["path"]>;
  readonly query: QueryOf<R>;
  readonly input: InputOf<R>;
  /** The base revision of the caller (routes with `ifMatch`; else what was sent, or null). */
  readonly ifMatch: R extends { readonly ifMatch: true } ? number : number | null;
  readonly requestId: string | null;
  readonly address: string | null;
  readonly signal: AbortSignal;
  /** Epoch milliseconds, one reading per call. */
  readonly now: number;
} & SubjectOf<R["path"]>;

interface Commits<T> {
  /** Writes the audit entry in this transaction (null: nothing was changed); the only maker of `Committed`. */
  readonly commit: (
    entry: AuditEntry | null,
    result: T,
    more?: { readonly session: Session | "end" },
  ) => Promise<Committed<T>>;
}

export type QueryContext<R extends RouteSpec> = Context<R> & { readonly db: Reader };
export type MutationContext<R extends RouteSpec> = Context<R> & { readonly tx: Tx } & Commits<OutputOf<R>>;

/** A route bound to what it does. `Id` ties it to one row of the route table. */
export interface Verb<R extends RouteSpec> {
  readonly route: R;
  run(host: Host, call: Call): Promise<Reply>;
}

const problemsOf = (error: ZodError, where: string): Problem[] =>
  error.issues
    .flatMap((issue) => {
      const at = [where, ...issue.path.map(String)];
      const problem = (path: readonly string[], message: string): Problem => ({
        field: path.filter((part) => part !== "").join("."),
        rule: issue.code,
        message,
      });
      return issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => problem([...at, key], "unknown field"))
        : [problem(at, issue.message)];
    })
    .slice(0, 50);

const parse = (type: ZodType | undefined, raw: unknown, where: string): unknown => {
  if (type === undefined) return undefined;
  const parsed = type.safeParse(raw, { error: fieldWords });
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, where);
  const [first] = problems;
  throw new KeyrollError(
    "invalid",
    first === undefined
      ? "The request breaks a rule."
      : `${first.field === "" ? "The body" : `\`${first.field}\``}: ${first.message}.`,
    {
      ...(first === undefined || first.field === "" ? {} : { field: first.field }),
      problems,
      changed: false,
    },
  );
};

/** Permission, parameters, body: in this order, so that nothing is said to those who may not ask. */
export const contextOf = async <R extends RouteSpec>(
  route: R,
  host: Host,
  call: Call,
  db: Reader,
): Promise<Context<R>> => {
  if (route.permission !== "none" && call.actor.kind === "anonymous") {
    throw new KeyrollError("not_signed_in", "This needs a signed-in identity.");
  }
  const subject: Subject = await loadSubject(route.path, call.params, db, () =>
    isAllowed(call.actor, route.permission),
  );
  if (!isAllowed(call.actor, route.permission)) {
    throw new KeyrollError("not_allowed", `This needs the permission ${route.permission}.`);
  }
  if (route.ifMatch === true && call.ifMatch === null) {
    throw new KeyrollError("precondition_required", "If-Match with the base revision is missing.", { changed: false });
  }
  const context = {
    host,
    actor: call.actor,
    params: call.params,
    query: parse(route.query, call.query, "query"),
    input: parse(route.input, call.input, ""),
    ifMatch: call.ifMatch,
    requestId: call.requestId,
    address: call.address,
    signal: call.signal,
    now: host.clock.now(),
    ...subject,
  };
  // The one place where what zod and the path pattern have proven becomes a type.
  return context as unknown as Context<R>;
};

export const subjectOf = (ctx: object): Subject => ctx;

export const committer =
  (tx: Tx, host: Host, call: Call, subject: Subject) =>
  async <T>(
    entry: AuditEntry | null,
    result: T,
    more?: { readonly session: Session | "end" },
  ): Promise<Committed<T>> => {
    if (entry !== null) await writeAudit(tx, host, call.actor, call.requestId, subject, entry);
    return new Committed(result, more?.session ?? null);
  };

/** Reads. No write handle is in scope, and no transaction: it may wait on stores and clusters. */
export const query = <R extends RouteSpec & { readonly kind: "query" }>(
  route: R,
  run: (ctx: QueryContext<R>) => Promise<OutputOf<R>>,
): Verb<R> => ({
  route,
  run: async (host, call) => {
    const ctx = await contextOf(route, host, call, host.db);
    return { result: await run({ ...ctx, db: host.db }), session: null };
  },
});

/** One short transaction; its audit entry is written in it, or nothing is. */
export const mutation = <R extends RouteSpec & { readonly kind: "mutation" }>(
  route: R,
  run: (ctx: MutationContext<R>) => Promise<Committed<OutputOf<R>>>,
): Verb<R> => prepared(route, async () => null, run);

/**
 * A mutation with a step before its transaction opens: for what takes time (password hashes, a cluster to ask)
 * or must stay when the transaction does not (throttling).
 */
export const prepared = <R extends RouteSpec & { readonly kind: "mutation" }, P>(
  route: R,
  prepare: (ctx: QueryContext<R>) => Promise<P>,
  run: (ctx: MutationContext<R>, prepared: P) => Promise<Committed<OutputOf<R>>>,
): Verb<R> => ({
  route,
  run: async (host, call) => {
    const before = await prepare({ ...(await contextOf(route, host, call, host.db)), db: host.db });
    const committed = await transact(host, async (tx) => {
      const earlier = await takeOutcome(tx, route, host, call);
      if (earlier !== null) return new Committed<unknown>(earlier.result, null);
      const ctx = await contextOf(route, host, call, tx);
      const made = await run({ ...ctx, tx, commit: committer(tx, host, call, subjectOf(ctx)) }, before);
      await keepOutcome(tx, route, call, made.result);
      return made;
    });
    return { result: committed.result, session: committed.session };
  },
});
