import { routes } from "@keyroll/contract";
import type { Reader } from "../../database/schema.ts";
import type { Found, InstalledRelease } from "../../ports/clusters.ts";
import { unwrapCredentials } from "../connection-credentials.ts";
import { query } from "../verb.ts";
import { checkNamespace, connectionRow, noCluster } from "./queries.ts";

/** What runs in a namespace and could be taken over. Reads the cluster, changes nothing, keeps nothing. */
export const findRunning = query(routes["connections.found"], async ({ db, host, params, query: { release } }) => {
  const namespace = checkNamespace(params.namespace);
  const row = await connectionRow(db, params.connection);
  const credentials = await unwrapCredentials(host, row.id);
  if (credentials === null) throw noCluster(row.name);
  const found = await host.clusters.found(credentials, namespace);
  const installed = release === undefined ? null : await host.clusters.installed(credentials, namespace, release);
  return {
    releases: found.releases.map((one) => ({ ...one })),
    workloads: found.workloads.map((one) => ({ ...one, secrets: [...one.secrets] })),
    secrets: await Promise.all(
      found.secrets.map(async ({ keys, keeper, environment, ...one }) => ({
        ...one,
        keys: keys === null ? null : [...keys],
        keeper: keeper === null ? null : { ...keeper },
        environment: environment === null ? null : await nameOf(db, environment),
      })),
    ),
    type: typeOf(found),
    release: installed === null ? null : viewOf(installed),
  };
});

const viewOf = ({ name, revision, status, chart, version, dependencies, values }: InstalledRelease) => ({
  name,
  revision,
  status,
  chart,
  version,
  dependencies: [...dependencies],
  values,
});

/** Where somebody else applies the workloads, or nobody used Helm, Keyroll restarts; else Helm is Keyroll's to run. */
const typeOf = ({ releases, workloads }: Found): "helm" | "restart" =>
  releases.length === 0 || workloads.some(({ keeper }) => keeper !== null) ? "restart" : "helm";

const nameOf = async (db: Reader, id: string): Promise<string> => {
  const row = await db
    .selectFrom("environments")
    .innerJoin("apps", "apps.id", "environments.app_id")
    .select(["apps.name as app", "environments.name"])
    .where("environments.id", "=", id)
    .executeTakeFirst();
  return row === undefined ? id : `${row.app}/${row.name}`;
};
