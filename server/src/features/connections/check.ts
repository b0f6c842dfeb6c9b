import { routes } from "@keyroll/contract";
import type { EncryptionReport, SecretPlace } from "../../ports/encryption.ts";
import type { CheckFinding } from "../../ports/secret-store.ts";
import type { Host } from "../host.ts";
import { operation } from "../operation.ts";
import { unwrapCredentials } from "../connection-credentials.ts";
import { encryptionOf, keepEncryption } from "../connection-encryption.ts";
import { connectionRow } from "./queries.ts";

/** Each right that is needed, and how the cluster keeps Secrets; reported one by one. Leaves nothing behind. */
export const checkConnection = operation(routes["connections.check"], {
  begin: async ({ tx, params, begin }) => {
    const row = await connectionRow(tx, params.connection);
    return await begin({ action: "connections.check", details: { connection: row.name } }, row);
  },
  effect: async ({ host, input }, row) => {
    const store = await host.stores.check(row.storeKind, row.storeSettings, host);
    const credentials = await unwrapCredentials(host, row.id);
    const namespace = input.namespace ?? null;
    const cluster = credentials === null ? [] : await host.clusters.check(credentials, namespace);
    const isReached = cluster.some(({ id, ok }) => id === "reach" && ok);
    const encryption =
      credentials === null || !isReached
        ? null
        : await host.clusters.encryption(credentials.keyroll, {
            namespace: namespace ?? "default",
            secrets: await secretsOf(host, row.id),
            cloudCluster: (row.cluster.kind === "kubernetes" ? row.cluster.cloudCluster : undefined) ?? null,
          });
    return { findings: [...store, ...cluster, ...(encryption === null ? [] : findingsOf(encryption))], encryption };
  },
  settle: async ({ tx, host, commit }, row, { findings, encryption }) => {
    const before = encryptionOf(row.encryption, null);
    if (encryption !== null)
      await tx
        .updateTable("connections")
        .set({ encryption: keepEncryption(encryption, host.clock.now()) })
        // Whoever changed the cluster meanwhile asked another one.
        .where("id", "=", row.id)
        .where("cluster_key", "=", row.clusterKey)
        .execute();
    const isNews = encryption !== null && encryption.label !== before?.label;
    return await commit(
      isNews
        ? {
            action: "connections.encryption",
            details: { connection: row.name, before: before?.label ?? null, now: encryption.label },
          }
        : null,
      {
        ok: findings.every((finding) => finding.ok || !finding.required),
        findings: findings.map((finding) => ({ ...finding })),
      },
    );
  },
  recover: "nothing-to-recover",
});

const secretsOf = async (host: Host, connectionId: string): Promise<SecretPlace[]> => {
  const rows = await host.db
    .selectFrom("environments")
    .select(["id", "namespace", "secret_name"])
    .where("connection_id", "=", connectionId)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ id, namespace, secret_name: name }) =>
    namespace === null || name === null ? [] : [{ environmentId: id, namespace, name }],
  );
};

/** Nobody is kept from deploying by it, but it is not passed over either. */
const findingsOf = (report: EncryptionReport): CheckFinding[] => [
  {
    id: "encryption",
    what: "encryption at rest",
    ok: report.state === "verified" || report.state === "declared",
    required: false,
    message: `${report.label}. ${report.message}`,
    next: report.next,
  },
  ...report.differing.map(({ place, message, next }) => ({
    id: "encryption-before",
    what: `encryption at rest of ${place.namespace}/${place.name}`,
    ok: false,
    required: false,
    message,
    next,
  })),
];
