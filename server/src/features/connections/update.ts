import { isDeepStrictEqual } from "node:util";
import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import type { Cost } from "../../ports/secret-store.ts";
import type { Host } from "../host.ts";
import { prepared } from "../verb.ts";
import { requireConsent } from "./consent.ts";
import { readCluster } from "./cluster.ts";
import { connectionRow, connectionView, type ConnectionRow } from "./queries.ts";
import { wrapCredentials } from "../connection-credentials.ts";

interface Prepared {
  readonly cluster: {
    readonly cluster: string;
    readonly cluster_key: string;
    readonly credential: Uint8Array | null;
  } | null;
  readonly settings: string | null;
  readonly hasCost: boolean;
}

/** What was consented to before is not asked for again. */
const newCosts = (host: Host, row: ConnectionRow, kind: string, settings: unknown): readonly Cost[] => {
  const before = kind === row.storeKind ? host.stores.costs(kind, row.storeSettings) : [];
  return host.stores.costs(kind, settings).filter(({ setting }) => !before.some((cost) => cost.setting === setting));
};

/** New credentials, or other store settings. Where environments live, the cluster and the place of values stay the same. */
export const updateConnection = prepared(
  routes["connections.update"],
  async ({ host, db, params, input }) => {
    const row = await connectionRow(db, params.connection);
    const { store } = input;
    const settings = store === undefined ? null : host.stores.parseSettings(store.kind, store.settings);
    const costs = store === undefined ? [] : newCosts(host, row, store.kind, settings);
    requireConsent(costs, input.acceptCost);
    const choice = input.cluster === undefined ? null : await readCluster(host, input.cluster);
    return {
      cluster:
        choice === null
          ? null
          : {
              cluster: JSON.stringify(choice.view),
              cluster_key: choice.key,
              credential: choice.credentials === null ? null : await wrapCredentials(host, row.id, choice.credentials),
            },
      settings: settings === null ? null : JSON.stringify(settings),
      hasCost: costs.length > 0,
    };
  },
  async ({ tx, host, params, input, commit }, before: Prepared) => {
    const row = await connectionRow(tx, params.connection);
    // A move of values to this store that ends now is counted, or sees what changes here.
    if (host.dialect === "postgres")
      await tx.selectFrom("connections").select("id").where("id", "=", row.id).forUpdate().execute();
    const { environments } = await connectionView(tx, row);
    if (environments > 0 && before.cluster !== null && before.cluster.cluster_key !== row.clusterKey) {
      throw new KeyrollError(
        "in_use",
        `${count(environments, "environment")} ${environments === 1 ? "lives" : "live"} in this connection's cluster; the new credentials lead to another cluster.`,
        {
          field: "cluster",
          actual: environments,
          limit: 0,
          next: "Make a new connection for the other cluster.",
        },
      );
    }
    if (
      environments > 0 &&
      input.store !== undefined &&
      (input.store.kind !== row.storeKind ||
        !isDeepStrictEqual(
          host.stores.place(row.storeKind, input.store.settings),
          host.stores.place(row.storeKind, row.storeSettings),
        ))
    ) {
      throw new KeyrollError(
        "in_use",
        `${count(environments, "environment")} ${environments === 1 ? "has its" : "have their"} values in this store.`,
        {
          field: "store",
          actual: environments,
          limit: 0,
          next: "Make a new connection for the other store.",
        },
      );
    }
    await tx
      .updateTable("connections")
      .set({
        ...before.cluster,
        // What was seen of another cluster says nothing of this one.
        ...(before.cluster === null || before.cluster.cluster_key === row.clusterKey ? {} : { encryption: null }),
        ...(before.settings === null
          ? {}
          : { store_kind: input.store?.kind ?? row.storeKind, store_settings: before.settings }),
        name: row.name,
      })
      .where("id", "=", row.id)
      .execute();
    const connection = await connectionView(tx, await connectionRow(tx, row.id));
    const changed = [...(before.cluster === null ? [] : ["cluster"]), ...(before.settings === null ? [] : ["store"])];
    return await commit(
      {
        action: "connections.update",
        details: { connection: row.name, changed, ...(before.hasCost ? { acceptedCost: true } : {}) },
      },
      { connection },
    );
  },
);
