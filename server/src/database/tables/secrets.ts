import type { ColumnType } from "kysely";
import type { Flag, Json, Time } from "./columns.ts";

interface Apps {
  id: string;
  name: string;
  title: string;
  created_at: Time;
}

interface Connections {
  id: string;
  name: string;
  /** What is shown of the cluster; never a credential. */
  cluster: Json;
  /** Identity of the cluster, for the uniqueness of (cluster, namespace, Secret name). */
  cluster_key: string;
  /** Encrypted under the master key, AAD = connection id; null: none is needed. */
  credential: Uint8Array | null;
  store_kind: string;
  store_settings: Json;
  created_at: Time;
  /** How the cluster keeps Secrets, when that was last looked at; null: never. */
  encryption: Json | null;
}

interface Environments {
  id: string;
  app_id: string;
  name: string;
  kind: string;
  type: string;
  connection_id: string;
  cluster_key: string;
  namespace: string | null;
  release_name: string | null;
  secret_name: string | null;
  settings: Json;
  created_at: Time;
  /** Last number given in the environment's journal; its update is what orders two writers. */
  journal_seq: number;
  /** Last deployment number given. */
  deployment_seq: number;
  /** How revisions are numbered in the store, when it is not the first one; null: as the store does. */
  store_numbers: Json | null;
  /** The move to another store, or the removal, that is under way: nothing is saved or deployed meanwhile. */
  moving: string | null;
  /** Connection whose store still has the copy that the last move left behind. */
  moved_from: string | null;
  /** Of that copy: its numbers, and the revision at which it was left. */
  moved_facts: Json | null;
}

interface SecretMeta {
  environment_id: string;
  key: string;
  note: string | null;
  url: string | null;
  rotate_by: string | null;
  visible: Flag;
}

interface Revisions {
  environment_id: string;
  revision: number;
  author_kind: string;
  author_id: string;
  author: string;
  at: Time;
  message: string | null;
  keys: number;
  bytes: number;
  restored_from: number | null;
  /** 0: its values are gone from the store. */
  readable: ColumnType<Flag, Flag | undefined>;
}

interface Retention {
  environment_id: string;
  /** When the sweep looks at its old values next; null: at the next save. */
  due_at: Time | null;
  /** 1: values of revisions that are marked as gone may still be in the store. */
  unfinished: ColumnType<Flag, Flag | undefined>;
}

interface RevisionChanges {
  environment_id: string;
  revision: number;
  key: string;
  op: string;
  bytes: number;
  lines: number;
  binary: Flag;
  retires_old: Flag;
}

interface SecretKeys {
  environment_id: string;
  key: string;
  /** Lower case: what a search compares. */
  folded: string;
  /** Revision of its newest change; a removed key has no row. */
  revision: number;
}

interface LocalStoreKeys {
  id: string;
  environment_id: string;
  /** The data key, encrypted under the master key. */
  wrapped: Uint8Array;
  created_at: Time;
}

interface LocalStoreValues {
  environment_id: string;
  key: string;
  revision: number;
  data_key_id: string;
  nonce: Uint8Array;
  /** AES-256-GCM ciphertext and tag. */
  ciphertext: Uint8Array;
}

interface LocalStoreRevisions {
  environment_id: string;
  revision: number;
  txn: string;
  at: Time;
  /** [[key, revision of its value, bytes, lines, binary]] of the whole revision. */
  manifest: Json;
}

/** Apps, environments, and what is saved in them. */
export interface SecretTables {
  apps: Apps;
  connections: Connections;
  environments: Environments;
  secret_meta: SecretMeta;
  revisions: Revisions;
  retention: Retention;
  revision_changes: RevisionChanges;
  secret_keys: SecretKeys;
  local_store_keys: LocalStoreKeys;
  local_store_values: LocalStoreValues;
  local_store_revisions: LocalStoreRevisions;
}
