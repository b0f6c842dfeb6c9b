import type { Encryption } from "../../../ports/encryption.ts";

/** Why nothing is known, and what to do about it. */
export const notKnown = (message: string, next: string): Encryption => ({
  state: "unknown",
  label: "not known",
  message,
  next,
});
