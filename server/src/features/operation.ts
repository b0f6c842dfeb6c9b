import type { OutputOf, RouteSpec } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Tx } from "../database/schema.ts";
import type { Written } from "../ports/secret-store.ts";
import { writeAudit, type AuditEntry } from "./audit-entry.ts";
import { holdStore } from "./held-store.ts";
import type { Host } from "./host.ts";
import { freeKey, keepOperation, keepOutcome, takeKey, takeOutcome } from "./idempotency.ts";
import {
  attend,
  closeOperation,
  insertOperation,
  leaveOperation,
  operationById,
  within,
  type OperationView,
} from "./operations-table.ts";
import { Begun, Committed } from "./outcome.ts";
import { createProgress } from "./progress.ts";
import { transact } from "./transact.ts";
import { committer, contextOf, subjectOf, type Call, type Context, type Verb } from "./verb.ts";

export type BeginContext<R extends RouteSpec> = Context<R> & {
  readonly tx: Tx;
  /** The intent of this operation; with an entry, it is in the audit log before anything happens. */
  readonly begin: <I>(entry: AuditEntry | null, intent: I) => Promise<Begun<I>>;
};
export type EffectContext<R extends RouteSpec> = Context<R> & {
  /** The transaction of all three steps when the environment's store commits in it; else null. */
  readonly tx: Tx | null;
  /** The row of this operation; null: all of it is one transaction, and has none. */
  readonly operation: string | null;
  /** Says how much is done; shown to whoever follows an operation that lasts. */
  readonly progress: (written: Written) => void;
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

/** What a request waits for before it is answered with 202, in milliseconds (interface: `PATCH …/secrets`). */
const patience = 1000;

type Outcome = { readonly result: unknown } | { readonly accepted: OperationView };

/**
 * For what neither fits a transaction nor may be half done: `begin` commits the intent and its audit entry,
 * `effect` acts with no transaction open, `settle` commits the outcome. `recover` answers for a crash between.
 */
export const operation = <R extends RouteSpec & { readonly kind: "operation" }, I, E>(
  route: R,
  steps: Operation<R, I, E>,
): Verb<R> & Recoverable => {
  /** What can be recovered writes to the environment's store: not while that moves. */
  const hold = async (ctx: Context<R>, tx: Tx): Promise<void> => {
    const { environment } = subjectOf(ctx);
    if (environment !== undefined && steps.recover !== "nothing-to-recover")
      await holdStore(tx, ctx.host.dialect, environment);
  };
  const begin = async (ctx: Context<R>, call: Call, tx: Tx): Promise<I> => {
    await hold(ctx, tx);
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
    await transact(ctx.host, async (tx) => {
      const earlier = await takeOutcome(tx, route, ctx.host, call);
      if (earlier !== null) return earlier.result;
      const intent = await begin(ctx, call, tx);
      const effect = await steps.effect({ ...ctx, tx, operation: null, progress: () => undefined }, intent);
      return (await settle(ctx, call, tx, intent, effect)).result;
    });
  const inSteps = async (ctx: Context<R>, call: Call): Promise<Outcome> => {
    const { host } = ctx;
    const id = host.random.id();
    const recoverable = steps.recover !== "nothing-to-recover";
    const last = route.progress === true && recoverable;
    const started = await transact(host, async (tx) => {
      const earlier = await takeKey(tx, route, host, call);
      if (earlier !== null) return earlier;
      const intent = await begin(ctx, call, tx);
      // Before its row can be seen: what nobody is at work with is recovered.
      host.working.add(id);
      if (recoverable) await insertOperation(tx, id, route, { ...subjectOf(ctx), host, now: ctx.now }, call, intent);
      if (last) await keepOperation(tx, route, call, id);
      return { intent };
    }).catch((error: unknown) => {
      host.working.delete(id);
      throw error;
    });
    if ("result" in started) return started;
    if ("operation" in started) return { accepted: await operationById(host.db, started.operation) };
    const stop = new AbortController();
    const progress = createProgress(host.clock);
    const run = async (): Promise<unknown> => {
      const effect = await steps
        .effect(
          {
            ...ctx,
            tx: null,
            operation: recoverable ? id : null,
            // A caller that goes away does not stop what outlives requests; only a cancellation does.
            signal: last ? stop.signal : ctx.signal,
            progress: (written) => progress.tell(written),
          },
          started.intent,
        )
        .catch(async (error: unknown) => {
          // A definite refusal is settled at once; what may have happened anyway waits for `recover`.
          if (!(error instanceof KeyrollError && error.code === "indeterminate"))
            await host.db.transaction().execute(async (tx) => {
              if (recoverable)
                await closeOperation(tx, id, host.instance, {
                  at: host.clock.now(),
                  outcome: "failed",
                  error,
                  wroteNothing: !progress.hasBegun(),
                });
              await freeKey(tx, route, call);
            });
          throw error;
        });
      const made = await transact(host, async (tx) => {
        const settled = await settle(ctx, call, tx, started.intent, effect);
        if (recoverable)
          await closeOperation(tx, id, host.instance, {
            at: host.clock.now(),
            outcome: "done",
            result: last ? settled.result : null,
          });
        return settled;
      });
      return made.result;
    };
    const running = run()
      .catch(async (error: unknown) => {
        if (recoverable) await leaveOperation(host.db, id, host.instance).catch(() => undefined);
        throw error;
      })
      .finally(() => host.working.delete(id));
    if (!last) return { result: await running };
    const inTime = await within(host, running, patience);
    if (inTime !== null) return inTime;
    attend(host, id, { running, progress, stop });
    return { accepted: await operationById(host.db, id) };
  };
  return {
    route,
    run: async (host, call) => {
      const ctx = await contextOf(route, host, call, host.db);
      const atomic = steps.atomic?.(ctx) ?? false;
      const outcome = atomic ? { result: await inOne(ctx, call) } : await inSteps(ctx, call);
      return "accepted" in outcome
        ? { result: { operation: outcome.accepted }, session: null, accepted: true }
        : { result: outcome.result, session: null };
    },
    recover: async (host, row) =>
      steps.recover === "nothing-to-recover" ? "nothing to recover" : await steps.recover(host, row),
  };
};
