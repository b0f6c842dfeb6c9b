import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";
import { appView } from "./queries.ts";

export const getApp = query(routes["apps.get"], async ({ db, app }) => ({ app: await appView(db, app.id) }));
