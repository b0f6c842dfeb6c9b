import { z } from "zod";
import type { StoreKind } from "../../ports/secret-store.ts";
import { checkVault } from "./azure/check.ts";
import { restOf } from "./azure/client.ts";
import { documentBytes, vaultDocument } from "./azure/documents.ts";
import { createSecrets } from "./azure/secrets.ts";
import { documentStore } from "./document-store.ts";

export const settings = z.strictObject({
  vaultUrl: z
    .url({ protocol: /^https?$/u, error: "an address, such as https://my-vault.vault.azure.net" })
    .refine((text) => {
      // Asked also of what is no address: that has its own message.
      if (!URL.canParse(text)) return true;
      const { username, password, pathname, search, hash } = new URL(text);
      return username === "" && password === "" && pathname === "/" && search === "" && hash === "";
    }, "an address without a name, a password, a path, a query or a fragment")
    .describe("address of the vault"),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9-]{1,40}$/u, "letters, digits and hyphens, at most 40")
    .default("keyroll")
    .describe("beginning of every name, before app and environment"),
});

export type Settings = z.output<typeof settings>;

/** Azure Key Vault: an environment is one secret and, when it is large, parts; the first of several writers counts. */
export const azure: StoreKind<Settings> = {
  kind: "azure",
  label: "Azure Key Vault (no compare-and-swap)",
  settings,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes * 3) / 4 - 2000,
    keyPattern: null,
    transactional: false,
    revisionsKept: null,
    cannotPurge: "Key Vault deletes no single version of a secret: older ones can only be disabled",
    plainReaders: false,
  },
  check: async (given, host) => await checkVault(createSecrets(restOf(given.vaultUrl, host), host.clock), given, host),
  open: (given, scope, host) =>
    documentStore(vaultDocument(createSecrets(restOf(given.vaultUrl, host), host.clock), given, scope, host), {
      scope,
      clock: host.clock,
    }),
};
