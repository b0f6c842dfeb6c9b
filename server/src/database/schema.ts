import type { ColumnType, Kysely, Transaction } from "kysely";

/** 0 or 1: both databases keep it as an integer. */
type Flag = number;
/** JSON text. */
type Json = string;
/** Milliseconds since the epoch. */
type Time = number;

interface Members {
  id: string;
  name: string;
  /** Lower case: what sign-in compares. */
  login: string;
  password_hash: string;
  role: string;
  created_at: Time;
}
interface Sessions {
  /** sha256 of the cookie's text. */
  hash: Uint8Array;
  id: string;
  member_id: string;
  created_at: Time;
  seen_at: Time;
  expires_at: Time;
}
interface Tokens {
  id: string;
  /** sha256 of the token's text. */
  hash: Uint8Array;
  kind: string;
  name: string;
  member_id: string | null;
  created_at: Time;
  created_by: string;
  used_at: Time | null;
  expires_at: Time | null;
  revoked_at: Time | null;
}
interface DeviceCodes {
  hash: Uint8Array;
  user_code: string;
  client: string;
  state: string;
  member_id: string | null;
  created_at: Time;
  expires_at: Time;
}
interface OneTimeLinks {
  hash: Uint8Array;
  purpose: string;
  expires_at: Time;
  used_at: Time | null;
}
interface Attempts {
  id: string;
  /** What is throttled: `login:<name>`, `address:<address>`, `device`. */
  subject: string;
  at: Time;
}
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
interface Releases {
  id: string;
  app_id: string;
  chart: string;
  version: string;
  app_version: string | null;
  digest: string;
  bytes: number;
  requires: Json;
  pushed_at: Time;
  pushed_by: string;
}
interface ReleaseFiles {
  digest: string;
  content: Uint8Array;
}
interface HelmValues {
  environment_id: string;
  version: number;
  text: string;
  saved_at: Time;
  saved_by: string;
}
interface Deployments {
  id: string;
  environment_id: string;
  number: number;
  goal: Json;
  fallback: Json | null;
  options: Json;
  reason: string;
  requested_by: string;
  requested_at: Time;
}
interface DeploymentRuns {
  deployment_id: string;
  environment_id: string;
  aim: string;
  step: string;
  /** queued | active | done */
  state: string;
  /** running | failed | cancelled, when done. */
  verdict: string | null;
  live: string | null;
  outcome: string | null;
  helm_revision: number | null;
  cancel_requested: Flag;
  started_at: Time | null;
  ended_at: Time | null;
  /** What earlier steps found out and later ones need; never a value. */
  facts: Json;
}
interface Leases {
  scope: string;
  holder: string;
  fence: number;
  expires_at: Time;
}
interface Journal {
  environment_id: string;
  seq: number;
  deployment_id: string | null;
  at: Time;
  event: Json;
}
interface Writes {
  environment_id: string;
  seq: number;
  revision: number | null;
  resource_version: string;
  at: Time;
  acknowledged_at: Time | null;
  changed: Json | null;
  kind: string;
}
/** What others changed in the cluster, as it was last seen. */
interface KnownDrift {
  environment_id: string;
  looked_at: Time;
  /** Of `app-secrets`, when its content was last compared; null: it could not be. */
  resource_version: string | null;
  /** Keys, who and when; never a value. */
  entries: Json;
  /** How many of them nobody has decided on. */
  open: number;
  /** Key -> the revision that took what is there. */
  adopted: Json;
  /** A Helm revision of somebody else's that was accepted. */
  accepted_release: number | null;
  /** When the sweep last put the deployed content back. */
  reverted_at: Time | null;
}
interface TemplateRecords {
  environment_id: string;
  workload_uid: string;
  hash: string;
  deployment_id: string;
  revision: number;
  after_resource_version: string | null;
  restart_mark: string | null;
  at: Time;
}
interface Instances {
  environment_id: string;
  id: string;
  host: string;
  pid: number;
  started_at: Time | null;
  revision: number;
  keys: Json;
  state: string;
  exit_code: number | null;
  seen_at: Time;
}
interface Observations {
  environment_id: string;
  /** What the cluster and the database looked like when this was found out; while they do, it is so. Empty: look anew. */
  mark: string;
  at: Time;
  /** ours | changed (since our last write) | foreign | missing | unseen */
  mirror: string;
  in_cluster: number | null;
  /** Verdict -> how many containers. */
  counts: Json;
  /** Why it could not be looked at since; null: it could. */
  trouble: string | null;
  trouble_since: Time | null;
}
interface ConnectionLooks {
  connection_id: string;
  /** When the last whole look began; null: there was none. */
  at: Time | null;
  /** Milliseconds that it lasted. */
  took: number | null;
  trouble: string | null;
  trouble_since: Time | null;
}
interface Operations {
  id: string;
  route: string;
  environment_id: string | null;
  actor: Json;
  intent: Json;
  /** Which server process began it. */
  holder: string;
  begun_at: Time;
  /** Null while it runs. */
  settled_at: Time | null;
  outcome: string | null;
  /** 0 to 1. */
  share: number;
  /** While it runs: values written, of how many, and the seconds left. */
  progress: Json | null;
  cancel_requested: Flag;
  /** The answer, when it came after the request; no values. */
  result: Json | null;
  problem: Json | null;
  /** Since when nothing of a failed one is left in its store; null: that was not looked for yet. */
  tidied_at: Time | null;
}
interface Idempotency {
  actor: string;
  route: string;
  key: string;
  status: number | null;
  outcome: Json | null;
  /** The one that it has begun, when that outlives the request. */
  operation: string | null;
  at: Time;
}
interface MasterKey {
  id: string;
  wrapped: Uint8Array;
}
interface PacerBuckets {
  name: string;
  version: number;
  tokens: number;
  at: Time;
  rate_share: number;
  burst_share: number;
  /** 0: never. */
  slowed_at: Time;
}
interface Audit {
  id: string;
  at: Time;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  action: string;
  app_id: string | null;
  app_name: string | null;
  environment_id: string | null;
  environment_name: string | null;
  details: Json;
  request_id: string | null;
}

export interface Schema {
  members: Members;
  sessions: Sessions;
  tokens: Tokens;
  device_codes: DeviceCodes;
  one_time_links: OneTimeLinks;
  attempts: Attempts;
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
  releases: Releases;
  release_files: ReleaseFiles;
  helm_values: HelmValues;
  deployments: Deployments;
  deployment_runs: DeploymentRuns;
  leases: Leases;
  journal: Journal;
  writes: Writes;
  known_drift: KnownDrift;
  template_records: TemplateRecords;
  instances: Instances;
  observations: Observations;
  connection_looks: ConnectionLooks;
  operations: Operations;
  idempotency: Idempotency;
  master_key: MasterKey;
  pacer_buckets: PacerBuckets;
  audit: Audit;
}

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
/** What a query may do: read. */
export type Reader = Pick<Db, "selectFrom" | "fn">;
