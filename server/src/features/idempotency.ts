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

/**
 * The outcome of an earlier request with the same Idempotency-Key, or null after taking the key for this one.
 * The row is (identity, route, key) -> outcome: never a hash of a body.
 */
export const takeOutcome = async (
  tx: Tx,
  route: RouteSpec,
  host: Host,
  call: Call,
): Promise<{ readonly result: unknown } | null> => {
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
    .values({ ...row, status: null, outcome: null, at: now })
    .onConflict((conflict) => conflict.columns(["actor", "route", "key"]).doNothing())
    .executeTakeFirst();
  if (taken.numInsertedOrUpdatedRows === 1n) return null;
  const found = await tx
    .selectFrom("idempotency")
    .select("outcome")
    .where((e) => e.and(row))
    .executeTakeFirst();
  if (found?.outcome === undefined || found.outcome === null) {
    throw new KeyrollError(
      "idempotency_mismatch",
      "A request with this Idempotency-Key is running, or ended without an outcome.",
      {
        next: "Read the state, then decide; use a new key for a new request.",
      },
    );
  }
  return { result: JSON.parse(found.outcome) };
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
