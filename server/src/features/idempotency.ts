import { KeyrollError } from "@keyroll/contract/errors";
import { idempotencyKey, takesIdempotencyKey, type RouteSpec } from "@keyroll/contract";
import type { Tx } from "../database/schema.ts";
import type { Host } from "./host.ts";
import type { Call } from "./verb.ts";

const keepFor = 24 * 3600 * 1000;

const isKept = (route: RouteSpec, call: Call): boolean =>
  call.idempotencyKey !== null && takesIdempotencyKey(route) && call.actor.kind !== "anonymous";

const routeKey = (route: RouteSpec, call: Call): string =>
  `${route.method} ${route.path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => call.params[name] ?? "")}`;

const rowOf = (
  route: RouteSpec,
  call: Call,
): { readonly actor: string; readonly route: string; readonly key: string } => ({
  actor: `${call.actor.kind}:${call.actor.id}`,
  route: routeKey(route, call),
  key: call.idempotencyKey ?? "",
});

/** What a request with the same Idempotency-Key came to before, or has begun. */
type Earlier = { readonly result: unknown } | { readonly operation: string };

const inUse = (): KeyrollError =>
  new KeyrollError(
    "idempotency_mismatch",
    "A request with this Idempotency-Key is running, or ended without an outcome.",
    { next: "Read the state, then decide; use a new key for a new request." },
  );

/**
 * What an earlier request with the same Idempotency-Key came to, or null after taking the key for this one.
 * The row is (identity, route, key) -> outcome: never a hash of a body.
 */
export const takeKey = async (tx: Tx, route: RouteSpec, host: Host, call: Call): Promise<Earlier | null> => {
  const { idempotencyKey: key } = call;
  if (key === null || !isKept(route, call)) return null;
  if (!idempotencyKey.test(key)) {
    throw new KeyrollError("bad_request", "Idempotency-Key: 8 to 200 printable ASCII characters.", {
      field: "Idempotency-Key",
    });
  }
  const row = rowOf(route, call);
  const now = host.clock.now();
  await tx
    .deleteFrom("idempotency")
    .where("at", "<", now - keepFor)
    .execute();
  const taken = await tx
    .insertInto("idempotency")
    .values({ ...row, status: null, outcome: null, operation: null, at: now })
    .onConflict((conflict) => conflict.columns(["actor", "route", "key"]).doNothing())
    .executeTakeFirst();
  if (taken.numInsertedOrUpdatedRows === 1n) return null;
  const found = await tx
    .selectFrom("idempotency")
    .select(["outcome", "operation"])
    .where((e) => e.and(row))
    .executeTakeFirst();
  const { outcome = null, operation = null } = found ?? {};
  if (outcome !== null) return { result: JSON.parse(outcome) };
  if (operation !== null) return { operation };
  throw inUse();
};

/** The same for what is answered when it has ended: an operation of the key is not waited for. */
export const takeOutcome = async (
  ...request: Parameters<typeof takeKey>
): Promise<{ readonly result: unknown } | null> => {
  const earlier = await takeKey(...request);
  if (earlier !== null && "operation" in earlier) throw inUse();
  return earlier;
};

/** Who sends the request again while it lasts, or after nobody knew how it ended, is answered with its operation. */
export const keepOperation = async (tx: Tx, route: RouteSpec, call: Call, operation: string): Promise<void> => {
  if (!isKept(route, call)) return;
  await tx
    .updateTable("idempotency")
    .set({ operation })
    .where((e) => e.and(rowOf(route, call)))
    .execute();
};

export const keepOutcome = async (tx: Tx, route: RouteSpec, call: Call, result: unknown): Promise<void> => {
  if (!isKept(route, call)) return;
  await tx
    .updateTable("idempotency")
    .set({ status: route.status ?? 200, outcome: JSON.stringify(result) })
    .where((e) => e.and(rowOf(route, call)))
    .execute();
};

/** A refusal is no outcome: the same request, sent again when what stood in its way is gone, is done then. */
export const freeKey = async (tx: Tx, route: RouteSpec, call: Call): Promise<void> => {
  if (!isKept(route, call)) return;
  await tx
    .deleteFrom("idempotency")
    .where((e) => e.and(rowOf(route, call)))
    .where("outcome", "is", null)
    .execute();
};
