import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { prepared } from "../verb.ts";
import { requireConsent } from "./consent.ts";
import { readCluster, type ClusterChoice } from "./cluster.ts";
import { connectionRow, connectionView } from "./queries.ts";
import { wrapCredentials } from "../connection-credentials.ts";

interface Prepared extends ClusterChoice {
  readonly id: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hasCost: boolean;
  readonly wrapped: Uint8Array | null;
}

/** A cluster and a secret store. The cluster is asked once, before anything is written. */
export const createConnection = prepared(
  routes["connections.create"],
  async ({ host, input }) => {
    const settings = host.stores.parseSettings(input.store.kind, input.store.settings);
    const costs = host.stores.costs(input.store.kind, settings);
    requireConsent(costs, input.acceptCost);
    const choice = await readCluster(host, input.cluster);
    const id = host.random.id();
    return {
      ...choice,
      id,
      settings,
      hasCost: costs.length > 0,
      wrapped: choice.credentials === null ? null : await wrapCredentials(host, id, choice.credentials),
    };
  },
  async ({ tx, input, now, commit }, before: Prepared) => {
    const made = await tx
      .insertInto("connections")
      .values({
        id: before.id,
        name: input.name,
        cluster: JSON.stringify(before.view),
        cluster_key: before.key,
        credential: before.wrapped,
        store_kind: input.store.kind,
        store_settings: JSON.stringify(before.settings),
        created_at: now,
      })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) {
      throw new KeyrollError("already_exists", `A connection \`${input.name}\` exists already.`, {
        field: "name",
        changed: false,
      });
    }
    const connection = await connectionView(tx, await connectionRow(tx, before.id));
    return await commit(
      {
        action: "connections.create",
        details: {
          connection: input.name,
          cluster: before.view,
          store: input.store.kind,
          ...(before.hasCost ? { acceptedCost: true } : {}),
        },
      },
      { connection },
    );
  },
);
