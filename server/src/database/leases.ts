import { KeyrollError } from "@keyroll/contract/errors";
import { sql } from "kysely";
import type { Clock } from "../ports/clock.ts";
import type { Dialect } from "./migrate.ts";
import type { Db, Tx } from "./schema.ts";

/** The right to act on one thing, until `expiresAt`; `fence` grows with every new holder. */
export interface Lease {
  readonly scope: string;
  readonly holder: string;
  readonly fence: number;
}

export interface LeaseHost {
  readonly db: Db;
  readonly dialect: Dialect;
  readonly clock: Clock;
}

/** The database's time: two servers with different clocks must agree on what has expired. */
const databaseTime = async (host: LeaseHost, db: Db | Tx): Promise<number> => {
  if (host.dialect === "sqlite") return host.clock.now();
  const { rows } = await sql<{
    now: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
  return rows[0]?.now ?? host.clock.now();
};

const locked = (host: LeaseHost, tx: Tx, scope: string) => {
  const row = tx.selectFrom("leases").selectAll().where("scope", "=", scope);
  return host.dialect === "postgres" ? row.forUpdate() : row;
};

/** Takes the lease when it is free or has expired; null when another holds it. The same holder takes it over from itself. */
export const acquireLease = async (host: LeaseHost, scope: string, holder: string, ms: number): Promise<Lease | null> =>
  await host.db.transaction().execute(async (tx) => {
    await tx
      .insertInto("leases")
      .values({ scope, holder: "", fence: 0, expires_at: 0 })
      .onConflict((conflict) => conflict.column("scope").doNothing())
      .execute();
    const row = await locked(host, tx, scope).executeTakeFirstOrThrow();
    const now = await databaseTime(host, tx);
    if (row.holder !== "" && row.expires_at > now) return null;
    const fence = row.fence + 1;
    await tx
      .updateTable("leases")
      .set({ holder, fence, expires_at: now + ms })
      .where("scope", "=", scope)
      .execute();
    return { scope, holder, fence };
  });

/** Those of the scopes that somebody holds now. */
export const heldScopes = async (host: LeaseHost, scopes: readonly string[]): Promise<ReadonlySet<string>> => {
  if (scopes.length === 0) return new Set();
  const rows = await host.db
    .selectFrom("leases")
    .select("scope")
    .where("scope", "in", scopes)
    .where("holder", "!=", "")
    .where("expires_at", ">", await databaseTime(host, host.db))
    .execute();
  return new Set(rows.map(({ scope }) => scope));
};

/** @throws {KeyrollError} `lease_lost` when somebody else holds it, or it has expired. */
export const renewLease = async (host: LeaseHost, lease: Lease, ms: number): Promise<void> => {
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const now = await databaseTime(host, tx);
    await tx
      .updateTable("leases")
      .set({ expires_at: now + ms })
      .where("scope", "=", lease.scope)
      .execute();
  });
};

/**
 * Checks the lease inside the transaction of what it protects; its row stays locked until the end.
 * @throws {KeyrollError} `lease_lost`.
 */
export const requireLease = async (host: LeaseHost, tx: Tx, lease: Lease): Promise<void> => {
  const row = await locked(host, tx, lease.scope).executeTakeFirst();
  const now = await databaseTime(host, tx);
  if (row?.holder !== lease.holder || row.fence !== lease.fence || row.expires_at <= now) {
    throw new KeyrollError("lease_lost", `Another worker holds ${lease.scope}.`);
  }
};

/** Gives it back; a lease that was lost already is nobody's business here. */
export const releaseLease = async (host: LeaseHost, lease: Lease): Promise<void> => {
  await host.db
    .updateTable("leases")
    .set({ holder: "", expires_at: 0 })
    .where("scope", "=", lease.scope)
    .where("holder", "=", lease.holder)
    .where("fence", "=", lease.fence)
    .execute();
};
