import { isDeepStrictEqual } from "node:util";
import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Policy } from "../../ports/secret-store.ts";
import { identityOf } from "../connection-identity.ts";
import { query } from "../verb.ts";
import { connectionRow } from "./queries.ts";

/** What the clouds of the store and of the cluster must allow. Asks nobody: it follows from the settings. */
export const listPolicies = query(routes["connections.policies"], async ({ db, host, params, query: { app, env } }) => {
  if (env !== undefined && app === undefined)
    throw new KeyrollError("invalid", `\`app\` is missing: an environment such as \`${env}\` belongs to an app.`, {
      field: "app",
      next: "Name the app too, or neither.",
    });
  const row = await connectionRow(db, params.connection);
  const { storeKind, storeSettings, cluster } = row;
  const ofStore = host.stores.policies(storeKind, storeSettings, { app: app ?? null, environment: env ?? null });
  const identity = identityOf(host, row);
  const ofCharts = identity === null ? [] : host.charts.policies(identity);
  const eks = cluster.kind === "kubernetes" ? cluster.eks : undefined;
  const ofCluster = eks === undefined ? [] : host.clusters.policies(eks);
  // One role for both is trusted and assumed once.
  const isNew = ({ document }: Policy): boolean =>
    !ofStore.some((other) => isDeepStrictEqual(other.document, document));
  const items = [...ofStore, ...ofCharts, ...ofCluster.filter(isNew)];
  return {
    items: items.map((policy) => ({ ...policy, document: { ...policy.document } })),
    note:
      items.length > 0
        ? null
        : `A store of kind \`${storeKind}\` has no policies to print; a check of the connection tries the rights it needs.`,
  };
});
