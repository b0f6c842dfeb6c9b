import type { Session } from "../features/outcome.ts";

/** `__Host-` where the browser takes it: it needs https. Plain on http, which is loopback only. */
const nameFor = (publicUrl: string): string => (publicUrl.startsWith("https:") ? "__Host-keyroll" : "keyroll");
const attributes = (publicUrl: string): string =>
  `Path=/; HttpOnly; SameSite=Strict${publicUrl.startsWith("https:") ? "; Secure" : ""}`;

export const sessionCookie = (publicUrl: string, session: Session, now: number): string =>
  `${nameFor(publicUrl)}=${session.text}; Max-Age=${Math.floor((session.expires - now) / 1000)}; ${attributes(publicUrl)}`;

export const endCookie = (publicUrl: string): string => `${nameFor(publicUrl)}=; Max-Age=0; ${attributes(publicUrl)}`;

/**
 * The session's text among the cookies of a request. Only under the name that this server gives: behind https a site of the
 * same domain can set a cookie of the plain name, and would have people work in a session of its own choice.
 */
export const cookieOf = (publicUrl: string, header: string | undefined): string | null => {
  const ours = nameFor(publicUrl);
  for (const part of (header ?? "").split(";")) {
    const [name, text] = part.trim().split("=", 2);
    if (name === ours && text !== undefined && /^krs_[a-z0-9]{40}$/u.test(text)) return text;
  }
  return null;
};
