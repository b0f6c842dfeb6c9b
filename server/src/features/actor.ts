import type { Permission } from "@keyroll/contract";

/** Who does something. */
export interface Actor {
  readonly kind: "member" | "token" | "system" | "anonymous";
  readonly id: string;
  /** Shown in history and audit. */
  readonly name: string;
  readonly role: "administrator" | "none";
  /** The session or token that was used. */
  readonly via: string | null;
  /** When that login or token was made, and until when it holds. */
  readonly since: number;
  readonly expires: number | null;
}

export const anonymous: Actor = {
  kind: "anonymous",
  id: "anonymous",
  name: "anonymous",
  role: "none",
  via: null,
  since: 0,
  expires: null,
};

/** Keyroll itself, with the reason why it acts. */
export const system = (reason: string): Actor => ({
  kind: "system",
  id: "system",
  name: `Keyroll (${reason})`,
  role: "administrator",
  via: null,
  since: 0,
  expires: null,
});

/**
 * The one question of authorisation. Default deny: an Administrator may do everything, anyone signed in what
 * concerns themselves, nobody else anything but the routes that need no identity.
 */
export const isAllowed = (actor: Actor, permission: Permission): boolean => {
  if (permission === "none") return true;
  if (actor.kind === "anonymous") return false;
  if (permission === "own") return true;
  return actor.role === "administrator";
};
