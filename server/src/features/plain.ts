import { valueFacts, type Value, type ValueFacts } from "@keyroll/pairs";
import type { Secret } from "../ports/secret.ts";

/** The value in the form in which people gave it, for a new change set or a comparison. Never for an answer or a log. */
export const plainOf = (secret: Secret): Value =>
  secret.binary ? secret.expose() : new TextDecoder("utf-8", { ignoreBOM: true }).decode(secret.expose());

/** Sizes and kinds: all that may be said of a value. */
export const factsOf = (secret: Secret): ValueFacts => valueFacts(secret.expose());

/** The text of a value that its owners have marked visible. */
export const visibleText = (secret: Secret): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(secret.expose());
