import { access } from "./access.ts";
import { across } from "./across.ts";
import { apps } from "./apps.ts";
import { connections } from "./connections.ts";
import { deployments } from "./deployments.ts";
import { drift } from "./drift.ts";
import { environments } from "./environments.ts";
import { fleet } from "./fleet.ts";
import { operations } from "./operations.ts";
import { search } from "./search.ts";
import { secrets } from "./secrets.ts";

export type {
  BodyOf,
  InputOf,
  OutputOf,
  ParamsOf,
  Permission,
  QueryOf,
  ReplyOf,
  RouteSpec,
  SearchOf,
} from "./route.ts";
export { driftEntry } from "./drift-entry.ts";
export { environmentSettings } from "./environments.ts";
export { journalEvent, stepNames } from "./journal.ts";
export { idempotencyKey, takesIdempotencyKey } from "./route.ts";

/** Every route of the API, by operation id. The server binds them, OpenAPI describes them, SDK and CLI take their types. */
export const routes = {
  ...access,
  ...apps,
  ...connections,
  ...environments,
  ...secrets,
  ...across,
  ...drift,
  ...search,
  ...operations,
  ...deployments,
  ...fleet,
};

export type Routes = typeof routes;
export type RouteId = keyof Routes;

/** Where the API lies on the server. */
export const apiBase = "/api/v1";
