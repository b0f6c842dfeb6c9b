import type { Session } from "../features/outcome.ts";

/** `__Host-` where the browser takes it: it needs https. Plain on http, which is loopback only. */
const nameFor = (publicUrl: string): string => (publicUrl.startsWith("https:") ? "__Host-keyroll" : "keyroll");
const attributes = (publicUrl: string): string =>
  `Path=/; HttpOnly; SameSite=Strict${publicUrl.startsWith("https:") ? "; Secure" : ""}`;

export const sessionCookie = (publicUrl: string, session: Session, now: number): string =>
  `${nameFor(publicUrl)}=${session.text}; Max-Age=${Math.floor((session.expires - now) / 1000)}; ${attributes(publicUrl)}`;

export const endCookie = (publicUrl: string): string => `${nameFor(publicUrl)}=; Max-Age=0; ${attributes(publicUrl)}`;

/** The session's text among the cookies of a request. */
export const cookieOf = (header: string | undefined): string | null => {
  for (const part of (header ?? "").split(";")) {
    const [name, text] = part.trim().split("=", 2);
    if ((name === "__Host-keyroll" || name === "keyroll") && text !== undefined && /^krs_[a-z0-9]{40}$/u.test(text))
      return text;
  }
  return null;
};
