import type { Flag, Json, Time } from "./columns.ts";

interface Leases {
  scope: string;
  holder: string;
  fence: number;
  expires_at: Time;
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

/** What the servers need for their own work. */
export interface WorkTables {
  leases: Leases;
  operations: Operations;
  idempotency: Idempotency;
  master_key: MasterKey;
  pacer_buckets: PacerBuckets;
}
