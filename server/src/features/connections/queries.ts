import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { z } from "zod";
import type { Reader } from "../../database/schema.ts";
import { encryptionOf } from "../connection-encryption.ts";

/** What the row keeps of its cluster is what is shown of it; never a credential. */
const clusterView = routes["connections.get"].output.shape.connection.shape.cluster;

export interface ConnectionRow {
  readonly id: string;
  readonly name: string;
  readonly cluster: z.output<typeof clusterView>;
  readonly clusterKey: string;
  readonly credential: Uint8Array | null;
  readonly storeKind: string;
  readonly storeSettings: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  /** As `encryptionOf` reads it. */
  readonly encryption: string | null;
}

/** @throws {KeyrollError} `invalid`: no namespace has such a name, and a path of the cluster's API is made of it. */
export const checkNamespace = (name: string): string => {
  if (name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u.test(name)) return name;
  throw new KeyrollError("invalid", "A namespace's name has a-z, 0-9 and -, at most 63 of them.", {
    field: "namespace",
    limit: 63,
    actual: name.length,
    next: "`kubectl get namespaces` lists them.",
    changed: false,
  });
};

const settings = z.record(z.string(), z.unknown());

/** By name or id. @throws {KeyrollError} `not_found` with the nearest name. */
export const connectionRow = async (db: Reader, nameOrId: string): Promise<ConnectionRow> => {
  const row = await db
    .selectFrom("connections")
    .selectAll()
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row === undefined) {
    const names = (await db.selectFrom("connections").select("name").execute()).map((other) => other.name);
    const near = nearest(nameOrId, names);
    throw new KeyrollError("not_found", `There is no connection \`${nameOrId}\`.`, {
      field: "connection",
      ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
    });
  }
  return {
    id: row.id,
    name: row.name,
    cluster: clusterView.parse(JSON.parse(row.cluster)),
    clusterKey: row.cluster_key,
    credential: row.credential,
    storeKind: row.store_kind,
    storeSettings: settings.parse(JSON.parse(row.store_settings)),
    createdAt: row.created_at,
    encryption: row.encryption,
  };
};

export const noCluster = (name: string): KeyrollError =>
  new KeyrollError("invalid", `The connection \`${name}\` has no cluster.`, {
    field: "connection",
    next: "Name one with a cluster: `keyroll connection ls`.",
    changed: false,
  });

export const connectionView = async (db: Reader, row: ConnectionRow) => {
  const { n } = await db
    .selectFrom("environments")
    .select((e) => e.fn.countAll<number>().as("n"))
    // A copy that a move left behind there counts: its settings are needed to drop it.
    .where((e) => e.or([e("connection_id", "=", row.id), e("moved_from", "=", row.id)]))
    .executeTakeFirstOrThrow();
  return {
    id: row.id,
    name: row.name,
    cluster: row.cluster,
    store: { kind: row.storeKind, settings: { ...row.storeSettings } },
    environments: n,
    encryption: encryptionOf(row.encryption, null),
    createdAt: row.createdAt,
  };
};
