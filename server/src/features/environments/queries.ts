import type { Reader } from "../../database/schema.ts";
import { publishedRevision } from "../../database/deployed-goals.ts";
import { encryptionOf } from "../connection-encryption.ts";
import type { Host } from "../host.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { isDropping, revisionOfCopy } from "../left-behind.ts";

export const environmentView = async (db: Reader, host: Host, app: AppRow, row: EnvironmentRow) => {
  const connection = await db
    .selectFrom("connections")
    .select(["name", "encryption"])
    .where("id", "=", row.connectionId)
    .executeTakeFirstOrThrow();
  const left =
    row.movedFrom === null
      ? null
      : await db
          .selectFrom("connections")
          .select(["name", "store_kind"])
          .where("id", "=", row.movedFrom)
          .executeTakeFirstOrThrow();
  return {
    id: row.id,
    app: app.name,
    name: row.name,
    kind: row.kind,
    type: row.type,
    connection: connection.name,
    namespace: row.namespace,
    releaseName: row.releaseName,
    secretName: row.secretName,
    encryption: row.secretName === null ? null : encryptionOf(connection.encryption, row.id),
    settings: row.settings,
    store: { kind: row.storeKind, label: host.stores.kind(row.storeKind).label },
    moving: row.isMoving,
    removing: row.isRemoving,
    movedFrom:
      left === null
        ? null
        : {
            connection: left.name,
            label: host.stores.kind(left.store_kind).label,
            revision: revisionOfCopy(row),
            dropping: isDropping(row),
          },
    createdAt: row.createdAt,
    savedRevision: await recordedRevision(db, row.id),
    deployedRevision: await publishedRevision(db, row.id),
  };
};
