import { crc32 } from "node:zlib";
import type { Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import type { Host } from "../host.ts";
import { randomText } from "./sign-in.ts";

export interface TokenRequest {
  readonly kind: "cli" | "api";
  readonly name: string;
  readonly memberId: string | null;
  readonly createdBy: string;
  readonly days: number;
  readonly now: number;
}

/** `krl_<kind>_<id>_<random>_<checksum>`: scanners recognise it, and a typo is told from a revoked one. */
const tokenText = (host: Host, kind: string, id: string): string => {
  const body = `krl_${kind}_${id.toLowerCase()}_${randomText(host, 32)}`;
  return `${body}_${crc32(body).toString(36).padStart(7, "0")}`;
};

/** A token whose text is returned and not kept. */
export const issueToken = async (
  tx: Tx,
  host: Host,
  request: TokenRequest,
): Promise<{ text: string; id: string; expires: number; actor: Actor }> => {
  const id = host.random.id();
  const text = tokenText(host, request.kind, id);
  const expires = request.now + request.days * 24 * 3600 * 1000;
  await tx
    .insertInto("tokens")
    .values({
      id,
      hash: host.passwords.digest(text),
      kind: request.kind,
      name: request.name,
      member_id: request.memberId,
      created_at: request.now,
      created_by: request.createdBy,
      used_at: null,
      expires_at: expires,
      revoked_at: null,
    })
    .execute();
  const actor: Actor = {
    kind: "token",
    id,
    name: request.name,
    role: "administrator",
    via: id,
    since: request.now,
    expires,
  };
  return { text, id, expires, actor };
};
