import { routes } from "@keyroll/contract";
import { operation } from "../operation.ts";
import { unwrapCredentials } from "../connection-credentials.ts";
import { connectionRow } from "./queries.ts";

/** Each right that is needed, tried and reported one by one. Leaves nothing behind. */
export const checkConnection = operation(routes["connections.check"], {
  begin: async ({ tx, params, begin }) => {
    const row = await connectionRow(tx, params.connection);
    return await begin({ action: "connections.check", details: { connection: row.name } }, row);
  },
  effect: async ({ host, input }, row) => {
    const store = await host.stores.check(row.storeKind, row.storeSettings, host);
    const credentials = await unwrapCredentials(host, row.id);
    const cluster = credentials === null ? [] : await host.clusters.check(credentials, input.namespace ?? null);
    return [...store, ...cluster];
  },
  settle: async ({ commit }, _row, findings) =>
    await commit(null, {
      ok: findings.every((finding) => finding.ok || !finding.required),
      findings: findings.map((finding) => ({ ...finding })),
    }),
  recover: "nothing-to-recover",
});
