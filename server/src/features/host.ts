import type { Dialect } from "../database/migrate.ts";
import type { Db, Tx } from "../database/schema.ts";
import { localRows } from "../database/local-rows.ts";
import type { LocalRows } from "../ports/local-rows.ts";
import type { Charts } from "../ports/charts.ts";
import type { Changes } from "../ports/changes.ts";
import type { Clock } from "../ports/clock.ts";
import type { ClusterCredentials, Clusters } from "../ports/clusters.ts";
import type { Egress } from "../ports/egress.ts";
import type { Jobs } from "../ports/jobs.ts";
import type { Fleet } from "../ports/fleet.ts";
import type { KeyWrap } from "../ports/key-wrap.ts";
import type { Pacer } from "../ports/pacer.ts";
import type { Passwords } from "../ports/passwords.ts";
import type { Random } from "../ports/random.ts";
import type { SecretStore, StoreScope } from "../ports/secret-store.ts";
import type { Stores } from "../ports/stores.ts";
import type { Target, TargetScope } from "../ports/target.ts";
import type { Actor } from "./actor.ts";
import { numbered, type StoreNumbers } from "./store-numbers.ts";
import type { AppRow, EnvironmentRow } from "./subject.ts";

/** Everything that the features need of the world. Made once, in `main.ts`. */
export interface Host {
  readonly db: Db;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly random: Random;
  readonly egress: Egress;
  readonly keys: KeyWrap;
  readonly pacer: Pacer;
  readonly variables: ReadonlyMap<string, string>;
  readonly localRows: (environmentId: string) => LocalRows;
  readonly passwords: Passwords;
  readonly jobs: Jobs<Tx>;
  readonly changes: Changes;
  readonly charts: Charts;
  readonly clusters: Clusters;
  readonly fleet: Fleet;
  readonly stores: Stores;
  /** Bound to one environment; opens nothing by itself. */
  readonly targets: { open(scope: TargetScope, credentials: ClusterCredentials | null): Promise<Target> };
  /** Asks for a deployment inside the caller's transaction (`onSave`). Returns its id. */
  readonly requestDeployment: (tx: Tx, request: DeploymentRequest) => Promise<string>;
  /** This server process: holder of leases and operations. */
  readonly instance: string;
  /** The operations that this process is at work with: a row of its own that is not among them was left behind. */
  readonly working: Set<string>;
  readonly version: string;
  /** Where people reach the console, without a trailing slash. */
  readonly publicUrl: string;
  readonly log: Log;
}

export interface DeploymentRequest {
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly actor: Actor;
  readonly revision: number;
  readonly reason: "on-save";
}

/** Structured lines; never a value. */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** Which environment's values a store is asked for. */
export const scopeOf = (
  app: Pick<AppRow, "id" | "name">,
  environment: Pick<EnvironmentRow, "id" | "name">,
): StoreScope => ({
  appId: app.id,
  app: app.name,
  environmentId: environment.id,
  environment: environment.name,
  slot: "live",
});

/** Where values lie, and how their revisions are numbered there. */
export interface StorePlace {
  readonly storeKind: string;
  readonly storeSettings: string;
  readonly storeNumbers: StoreNumbers | null;
}

/** A store for this environment, wherever it is; in a transaction, a transactional store takes part in it. */
export const storeAt = (host: Host, place: StorePlace, scope: StoreScope, tx: Tx | null = null): SecretStore => {
  const inScope = tx === null ? host : { ...host, localRows: (id: string) => localRows(tx, id) };
  const store = host.stores.open(place.storeKind, JSON.parse(place.storeSettings), scope, inScope);
  return numbered(store, place.storeNumbers);
};

/** The store of an environment. */
export const storeOf = (host: Host, app: AppRow, environment: EnvironmentRow, tx: Tx | null = null): SecretStore =>
  storeAt(host, environment, scopeOf(app, environment), tx);
