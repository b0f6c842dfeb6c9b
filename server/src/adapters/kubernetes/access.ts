import { readFile } from "node:fs/promises";
import type { Clock } from "../../ports/clock.ts";
import type { ClusterCredential, EksIdentity } from "../../ports/clusters.ts";
import { eksToken } from "../cloud/aws/eks-token.ts";
import type { ClusterAccess } from "./client.ts";

/** Where Kubernetes puts the identity of a pod. */
const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

const makers = new Map<string, () => Promise<string>>();

/** Tokens and assumed roles outlive the clients, which some callers make for one use. */
const tokensOf = ({ name, region, roleArn, externalId }: EksIdentity, clock: Clock): (() => Promise<string>) => {
  const cluster = { name, region, role: roleArn === null ? null : { arn: roleArn, externalId } };
  const key = JSON.stringify(cluster);
  const known = makers.get(key) ?? eksToken(cluster, clock);
  makers.set(key, known);
  return known;
};

/** The pod's own token rotates: it is read anew for each call. */
export const accessOf = async (
  credential: ClusterCredential,
  { clock }: { readonly clock: Clock },
): Promise<ClusterAccess> => {
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
  if (identity.kind === "eks") {
    return { server, tlsServerName, ca: credential.ca, identity: { kind: "token", token: tokensOf(identity, clock) } };
  }
  if (identity.kind === "token") {
    const { token } = identity;
    return { server, tlsServerName, ca: credential.ca, identity: { kind: "token", token: async () => token } };
  }
  return { server, tlsServerName, ca: credential.ca, identity };
};
