import type { Kysely, Transaction } from "kysely";
import type { AccessTables } from "./tables/access.ts";
import type { DeploymentTables } from "./tables/deployments.ts";
import type { SecretTables } from "./tables/secrets.ts";
import type { WorkTables } from "./tables/work.ts";

export interface Schema extends AccessTables, SecretTables, DeploymentTables, WorkTables {}

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
/** What a query may do: read. */
export type Reader = Pick<Db, "selectFrom" | "fn">;
