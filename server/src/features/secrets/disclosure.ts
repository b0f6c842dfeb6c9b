import { KeyrollError } from "@keyroll/contract/errors";
import type { Secret } from "../../ports/secret.ts";

/**
 * A value inside an answer. It stays closed here: only the reply encoder of HTTP opens it, for routes that
 * reveal; its type is what the client will read.
 */
export const typedReply = (value: Secret | undefined): string | { base64: string } => {
  if (value === undefined) throw new KeyrollError("integrity", "The value cannot be read.");
  // The encoder turns it into exactly this union.
  return value as unknown as string;
};
