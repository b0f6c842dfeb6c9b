import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { identityOf } from "../connection-identity.ts";
import { query } from "../verb.ts";
import { connectionRow } from "./queries.ts";

/** What the provider of the store must allow. Asks nobody: it follows from the settings. */
export const listPolicies = query(routes["connections.policies"], async ({ db, host, params, query: { app, env } }) => {
  if (env !== undefined && app === undefined)
    throw new KeyrollError("invalid", `\`app\` is missing: an environment such as \`${env}\` belongs to an app.`, {
      field: "app",
      next: "Name the app too, or neither.",
    });
  const row = await connectionRow(db, params.connection);
  const { storeKind, storeSettings } = row;
  const identity = identityOf(host, row);
  const items = [
    ...host.stores.policies(storeKind, storeSettings, { app: app ?? null, environment: env ?? null }),
    ...(identity === null ? [] : host.charts.policies(identity)),
  ];
  return {
    items: items.map((policy) => ({ ...policy, document: { ...policy.document } })),
    note:
      items.length > 0
        ? null
        : `A store of kind \`${storeKind}\` has no policies to print; a check of the connection tries the rights it needs.`,
  };
});
