import { routes } from "@keyroll/contract";
import { sameValue } from "@keyroll/pairs";
import { countAttempt } from "../../database/attempts.ts";
import { unwrapCredentials } from "../connection-credentials.ts";
import { pathOf, readPath, toPairs } from "../foreign-path.ts";
import { operation } from "../operation.ts";
import { plainOf } from "../plain.ts";
import { checkNamespace, connectionRow, noCluster } from "./queries.ts";

/**
 * What a path of Parameter Store has otherwise than the Secret that runs, before anything of either is taken over.
 * Whether two values are equal is as secret as they are: recorded before they are read, and limited.
 */
export const comparePath = operation(routes["connections.comparePath"], {
  begin: async ({ tx, host, actor, params, input, now, begin }) => {
    const namespace = checkNamespace(params.namespace);
    const row = await connectionRow(tx, params.connection);
    if (row.credential === null && row.cluster.kind === "process") throw noCluster(row.name);
    const store = { name: row.name, kind: row.storeKind, settings: row.storeSettings, environmentId: null };
    const place = await pathOf(host, tx, store, input.from);
    const attempt = { id: host.random.id(), subject: `import:${actor.id}`, most: 30, window: 60_000, now };
    await countAttempt(tx, host.dialect, attempt);
    return await begin(
      {
        action: "connections.comparePath",
        details: { connection: row.name, namespace, secret: input.secret, ...place },
      },
      { row, namespace, store, place },
    );
  },
  effect: async ({ host, input }, { row, namespace, store, place }) => {
    const credentials = await unwrapCredentials(host, row.id);
    if (credentials === null) throw noCluster(row.name);
    const [secret, path] = await Promise.all([
      host.clusters.secretNamed(credentials, namespace, input.secret),
      readPath(host, store, place),
    ]);
    const { entries, errors, notices } = toPairs(path.values, {
      shellNames: input.from.shellNames,
      notices: path.notices,
    });
    const given = new Map(entries.map(({ key, value }) => [key, value]));
    const statusOf = (key: string): "same" | "different" | "only-secret" | "only-path" => {
      const [runs, theirs] = [secret.get(key), given.get(key)];
      if (runs === undefined) return "only-path";
      if (theirs === undefined) return "only-secret";
      return sameValue(plainOf(runs), theirs) ? "same" : "different";
    };
    const keys = [...new Set([...secret.keys(), ...given.keys()])].toSorted();
    return {
      ...place,
      keys: keys.map((key) => ({ key, status: statusOf(key) })),
      errors: errors.map(({ id, message }) => ({ id, message })),
      notices: [...notices],
    };
  },
  settle: async ({ commit }, _, compared) => await commit(null, compared),
  recover: "nothing-to-recover",
});
