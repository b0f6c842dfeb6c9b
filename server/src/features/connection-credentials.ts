import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { ClusterCredential, ClusterCredentials } from "../ports/clusters.ts";
import type { Host } from "./host.ts";

const credential: z.ZodType<ClusterCredential> = z.object({
  server: z.string(),
  ca: z.string().nullable(),
  identity: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("token"), token: z.string() }),
    z.object({ kind: z.literal("certificate"), cert: z.string(), key: z.string() }),
    z.object({ kind: z.literal("in-cluster") }),
    z.object({
      kind: z.literal("eks"),
      name: z.string(),
      region: z.string(),
      roleArn: z.string().nullable(),
      externalId: z.string().nullable(),
    }),
  ]),
  tlsServerName: z.string().nullable(),
});
const credentials: z.ZodType<ClusterCredentials> = z.object({ keyroll: credential, helm: credential.nullable() });

const context = (id: string): string => `connection:${id}`;

/** Encrypts both identities under the master key, bound to the connection's id. */
export const wrapCredentials = async (
  host: Pick<Host, "keys">,
  id: string,
  plain: ClusterCredentials,
): Promise<Uint8Array> => await host.keys.wrap(new TextEncoder().encode(JSON.stringify(plain)), context(id));

/** Null for a connection without a cluster. @throws {KeyrollError} `sealed`, `integrity`, `not_found`. */
export const unwrapCredentials = async (
  host: Pick<Host, "keys" | "db">,
  connectionId: string,
): Promise<ClusterCredentials | null> => {
  const row = await host.db
    .selectFrom("connections")
    .select("credential")
    .where("id", "=", connectionId)
    .executeTakeFirst();
  if (row === undefined) throw new KeyrollError("not_found", "The connection was removed.");
  if (row.credential === null) return null;
  const plain = await host.keys.unwrap(row.credential, context(connectionId));
  return credentials.parse(JSON.parse(new TextDecoder().decode(plain)));
};
