import { z } from "zod";
import type { StoreKind } from "../../ports/secret-store.ts";
import { documentStore } from "./document-store.ts";
import { checkGcp } from "./gcp/check.ts";
import { restOf } from "./gcp/client.ts";
import { documentBytes, secretDocument, versionsKept } from "./gcp/documents.ts";

export const settings = z.strictObject({
  project: z
    .string()
    .regex(/^([a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20})$/u, "id or number of a project, such as my-project-1")
    .describe("Google Cloud project of the secrets"),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9-]{1,100}$/u, "letters, digits and hyphens")
    .default("keyroll")
    .describe("beginning of every name, before app and environment"),
  kmsKeyName: z
    .string()
    .regex(
      /^projects\/[\w-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/u,
      "projects/…/locations/global/keyRings/…/cryptoKeys/…",
    )
    .optional()
    .describe("Cloud KMS key of new secrets; Google's own when absent"),
});

export type Settings = z.output<typeof settings>;

/** Google Secret Manager: an environment is one secret, whose alias `live` is moved on the condition of its etag. */
export const gcp: StoreKind<Settings> = {
  kind: "gcp",
  label: "Google Secret Manager",
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
  check: async (given, host) => await checkGcp(restOf(given.project, host), given, host),
  open: (given, scope, host) =>
    documentStore(secretDocument(restOf(given.project, host), given, scope), { scope, clock: host.clock }),
};
