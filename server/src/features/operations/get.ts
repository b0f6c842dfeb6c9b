import { routes } from "@keyroll/contract";
import { operationById } from "../operations-table.ts";
import { query } from "../verb.ts";

/** How far a request is that was answered with 202, or what came out. */
export const getOperation = query(routes["operations.get"], async ({ db, environment, params }) => ({
  operation: await operationById(db, params.operation, environment.id),
}));
