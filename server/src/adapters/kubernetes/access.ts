import { readFile } from "node:fs/promises";
import type { ClusterCredential } from "../../ports/clusters.ts";
import type { ClusterAccess } from "./client.ts";

/** Where Kubernetes puts the identity of a pod. */
const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod's own token rotates: it is read anew for each call. */
export const accessOf = async (credential: ClusterCredential): Promise<ClusterAccess> => {
  const { server, tlsServerName, identity } = credential;
  if (identity.kind === "in-cluster") {
    const ca = credential.ca ?? (await readFile(`${folder}/ca.crt`, "utf8"));
    return {
      server,
      tlsServerName,
      ca,
      identity: { kind: "token", token: async () => (await readFile(`${folder}/token`, "utf8")).trim() },
    };
  }
  if (identity.kind === "token") {
    const { token } = identity;
    return { server, tlsServerName, ca: credential.ca, identity: { kind: "token", token: async () => token } };
  }
  return { server, tlsServerName, ca: credential.ca, identity };
};
