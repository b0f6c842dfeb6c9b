import type { Flag, Json, Time } from "./columns.ts";

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

/** What is deployed, and what was seen of it. */
export interface DeploymentTables {
  releases: Releases;
  release_files: ReleaseFiles;
  helm_values: HelmValues;
  deployments: Deployments;
  deployment_runs: DeploymentRuns;
  journal: Journal;
  writes: Writes;
  known_drift: KnownDrift;
  template_records: TemplateRecords;
  instances: Instances;
  observations: Observations;
  connection_looks: ConnectionLooks;
}
