import type { OutputOf, RouteSpec } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Db, Tx } from "../database/schema.ts";
import { writeAudit, type AuditEntry } from "./audit-entry.ts";
import type { Host } from "./host.ts";
import { keepOutcome, takeOutcome } from "./idempotency.ts";
import { Begun, Committed } from "./outcome.ts";
import type { Subject } from "./subject.ts";
import { committer, contextOf, subjectOf, type Call, type Context, type Verb } from "./verb.ts";

export type BeginContext<R extends RouteSpec> = Context<R> & {
  readonly tx: Tx;
  /** The intent of this operation; with an entry, it is in the audit log before anything happens. */
  readonly begin: <I>(entry: AuditEntry | null, intent: I) => Promise<Begun<I>>;
};
export type EffectContext<R extends RouteSpec> = Context<R> & {
  /** The transaction of all three steps when the environment's store commits in it; else null. */
  readonly tx: Tx | null;
};
export type SettleContext<R extends RouteSpec> = Context<R> & { readonly tx: Tx } & {
  readonly commit: (entry: AuditEntry | null, result: OutputOf<R>) => Promise<Committed<OutputOf<R>>>;
  /** The same for a part of the answer, made by another verb's code. */
  readonly commitAs: <T>(entry: AuditEntry | null, result: T) => Promise<Committed<T>>;
};

/** A row of an operation that began and never settled. */
export interface Unsettled {
  readonly id: string;
  readonly environmentId: string | null;
  readonly intent: unknown;
  readonly begunAt: number;
}

/** What answers for a crash between an operation's beginning and its end. */
export interface Recoverable {
  recover(host: Host, row: Unsettled): Promise<string>;
}

export interface Operation<R extends RouteSpec, I, E> {
  begin(ctx: BeginContext<R>): Promise<Begun<I>>;
  /** Store or target calls. */
  effect(ctx: EffectContext<R>, intent: I): Promise<E>;
  settle(ctx: SettleContext<R>, intent: I, effect: E): Promise<Committed<OutputOf<R>>>;
  /** What to do with a row whose process died; or why nothing needs doing. */
  readonly recover: "nothing-to-recover" | ((host: Host, row: Unsettled) => Promise<string>);
  /** Whether all three steps run in one transaction (a transactional store): one fsync, nothing to recover. */
  readonly atomic?: (ctx: Context<R>) => boolean;
}

/**
 * For what neither fits a transaction nor may be half done: `begin` commits the intent and its audit entry,
 * `effect` acts with no transaction open, `settle` commits the outcome. `recover` answers for a crash between.
 */
export const operation = <R extends RouteSpec & { readonly kind: "operation" }, I, E>(
  route: R,
  steps: Operation<R, I, E>,
): Verb<R> & Recoverable => {
  const begin = async (ctx: Context<R>, call: Call, tx: Tx): Promise<I> => {
    const begun = await steps.begin({
      ...ctx,
      tx,
      begin: async (entry, intent) => {
        if (entry !== null) await writeAudit(tx, ctx.host, call.actor, call.requestId, subjectOf(ctx), entry);
        return new Begun(intent);
      },
    });
    return begun.intent;
  };
  const settle = async (ctx: Context<R>, call: Call, tx: Tx, intent: I, effect: E): Promise<Committed<OutputOf<R>>> => {
    const commit = committer(tx, ctx.host, call, subjectOf(ctx));
    const made = await steps.settle(
      {
        ...ctx,
        tx,
        commit,
        commitAs: async (entry, result) => await committer(tx, ctx.host, call, subjectOf(ctx))(entry, result),
      },
      intent,
      effect,
    );
    await keepOutcome(tx, route, call, made.result);
    return made;
  };
  const inOne = async (ctx: Context<R>, call: Call): Promise<unknown> =>
    await ctx.host.db.transaction().execute(async (tx) => {
      const earlier = await takeOutcome(tx, route, ctx.host, call);
      if (earlier !== null) return earlier.result;
      const intent = await begin(ctx, call, tx);
      const effect = await steps.effect({ ...ctx, tx }, intent);
      return (await settle(ctx, call, tx, intent, effect)).result;
    });
  const inSteps = async (ctx: Context<R>, call: Call): Promise<unknown> => {
    const { host } = ctx;
    const id = host.random.id();
    const recoverable = steps.recover !== "nothing-to-recover";
    const started = await host.db.transaction().execute(async (tx) => {
      const earlier = await takeOutcome(tx, route, host, call);
      if (earlier !== null) return earlier;
      const intent = await begin(ctx, call, tx);
      if (recoverable) await insertOperation(tx, id, route, { ...subjectOf(ctx), host, now: ctx.now }, call, intent);
      return { intent };
    });
    if ("result" in started) return started.result;
    const effect = await steps.effect({ ...ctx, tx: null }, started.intent).catch(async (error: unknown) => {
      // A definite refusal is settled at once; what may have happened anyway waits for `recover`.
      if (recoverable && !(error instanceof KeyrollError && error.code === "indeterminate")) {
        await closeOperation(host.db, id, host.clock.now(), "failed");
      }
      throw error;
    });
    const made = await host.db.transaction().execute(async (tx) => {
      const settled = await settle(ctx, call, tx, started.intent, effect);
      if (recoverable) await closeOperation(tx, id, ctx.host.clock.now(), "done");
      return settled;
    });
    return made.result;
  };
  return {
    route,
    run: async (host, call) => {
      const ctx = await contextOf(route, host, call, host.db);
      const atomic = steps.atomic?.(ctx) ?? false;
      return { result: await (atomic ? inOne(ctx, call) : inSteps(ctx, call)), session: null };
    },
    recover: async (host, row) =>
      steps.recover === "nothing-to-recover" ? "nothing to recover" : await steps.recover(host, row),
  };
};

const insertOperation = async (
  tx: Tx,
  id: string,
  route: RouteSpec,
  ctx: Subject & { host: Host; now: number },
  call: Call,
  intent: unknown,
): Promise<void> => {
  await tx
    .insertInto("operations")
    .values({
      id,
      route: `${route.method} ${route.path}`,
      environment_id: ctx.environment?.id ?? null,
      actor: JSON.stringify(call.actor),
      intent: JSON.stringify(intent),
      holder: ctx.host.instance,
      begun_at: ctx.now,
      settled_at: null,
      outcome: null,
    })
    .execute();
};

const closeOperation = async (db: Db | Tx, id: string, at: number, outcome: string): Promise<void> => {
  await db.updateTable("operations").set({ settled_at: at, outcome }).where("id", "=", id).execute();
};
