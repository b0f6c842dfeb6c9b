import type { StoreKind } from "../../ports/secret-store.ts";
import { documentStore } from "./document-store.ts";
import { check } from "./vault/check.ts";
import { clientOf } from "./vault/client.ts";
import { documentBytes, vaultDocument, versionsKept } from "./vault/documents.ts";
import { settings, type VaultSettings } from "./vault/settings.ts";

/** HashiCorp Vault and OpenBao: an environment is one document of a KV engine of version 2. */
export const vault: StoreKind<VaultSettings> = {
  kind: "vault",
  label: "HashiCorp Vault or OpenBao (KV version 2)",
  settings,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes * 3) / 4 - 2000,
    keyPattern: null,
    transactional: false,
    revisionsKept: versionsKept,
    cannotPurge: null,
    plainReaders: false,
  },
  check,
  open: (settings, scope, host) =>
    documentStore(
      vaultDocument(() => clientOf(settings, host), settings, scope, host),
      { scope, clock: host.clock },
    ),
};
