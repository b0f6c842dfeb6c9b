import { z } from "zod";
import type { CloudIdentity } from "../ports/cloud-identity.ts";
import type { Host } from "./host.ts";

/** As much of a connection's cluster as says who asks AWS for it. */
const inEks = z.object({
  eks: z.object({ region: z.string(), roleArn: z.string().nullable(), externalId: z.string().nullable() }).optional(),
});

/**
 * As whom a connection asks AWS: by the role of its store, else by that of its EKS cluster, else as the server itself.
 * Null: neither of them is in AWS.
 */
export const identityOf = (
  host: Pick<Host, "stores">,
  row: { readonly cluster: unknown; readonly storeKind: string; readonly storeSettings: unknown },
): CloudIdentity | null => {
  const ofStore = host.stores.identity(row.storeKind, row.storeSettings);
  const ofCluster = inEks.parse(row.cluster).eks ?? null;
  const known = [ofStore, ofCluster].filter((one) => one !== null);
  return known.find(({ roleArn }) => roleArn !== null) ?? known[0] ?? null;
};
