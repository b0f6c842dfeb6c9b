import type { Json, Time } from "./columns.ts";

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
  /** What is throttled: `login:<name>`, `confirm:<member>`, `address:<address>`, `device`. */
  subject: string;
  at: Time;
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

/** Who may come in, and what they did. */
export interface AccessTables {
  members: Members;
  sessions: Sessions;
  tokens: Tokens;
  device_codes: DeviceCodes;
  one_time_links: OneTimeLinks;
  attempts: Attempts;
  audit: Audit;
}
