import { KeyrollError } from "@keyroll/contract/errors";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { Secret } from "../../ports/secret.ts";

/**
 * Those that can be read. One value that somebody deleted or replaced in the store hides no other one, and is saved again
 * by whoever sets its key.
 */
export const readableOf = async (
  store: SecretStore,
  revision: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Secret>> => {
  if (keys.length === 0) return new Map();
  try {
    return await store.read(revision, keys);
  } catch (error) {
    if (!(error instanceof KeyrollError) || !["integrity", "revision_gone"].includes(error.code)) throw error;
    if (keys.length === 1) return new Map();
    // A store says which are lost. Asked one by one, each would be waited for that it may only not show yet.
    const lost = new Set([error.facts.key, ...(error.facts.keys ?? [])]);
    const rest = keys.filter((key) => !lost.has(key));
    if (rest.length < keys.length) return await readableOf(store, revision, rest);
    const found = new Map<string, Secret>();
    for (const key of keys)
      for (const [name, value] of await readableOf(store, revision, [key])) found.set(name, value);
    return found;
  }
};
