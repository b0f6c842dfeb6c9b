import type { InputOf, Routes } from "@keyroll/contract";
import type { ClusterCredentials, EksIdentity } from "../../ports/clusters.ts";
import type { Host } from "../host.ts";
import type { ConnectionRow } from "./queries.ts";

type ClusterInput = InputOf<Routes["connections.create"]>["cluster"];

export interface ClusterChoice {
  readonly view: ConnectionRow["cluster"];
  /** What makes two connections the same cluster. */
  readonly key: string;
  readonly credentials: ClusterCredentials | null;
}

type EksInput = Extract<ClusterInput, { kind: "eks" }>;
const eksOf = ({ clusterName, region, roleArn, externalId }: EksInput) => ({
  clusterName,
  region,
  roleArn,
  externalId,
});
const shownOf = ({ name, region, roleArn, externalId }: EksIdentity) => ({ name, region, roleArn, externalId });

/**
 * Reads what was given and asks the cluster who it is, so that (cluster, namespace, Secret name) cannot be
 * taken twice through two addresses.
 * @throws {KeyrollError} `invalid` for a refused field; `provider_unreachable`, `provider_denied`.
 */
export const readCluster = async (host: Host, input: ClusterInput): Promise<ClusterChoice> => {
  if (input.kind === "process") return { view: { kind: "process" }, key: "process", credentials: null };
  const cloudCluster =
    input.kind === "kubernetes" && input.cloudCluster !== undefined
      ? host.clusters.cloudCluster(input.cloudCluster)
      : null;
  const main =
    input.kind === "in-cluster"
      ? { credential: host.clusters.inCluster(), ignored: [] }
      : input.kind === "eks"
        ? { credential: await host.clusters.eks(eksOf(input)), ignored: [] }
        : host.clusters.parse(input.kubeconfig, input.context);
  const helm =
    input.kind === "kubernetes" && input.helmKubeconfig !== undefined
      ? host.clusters.parse(input.helmKubeconfig, undefined).credential
      : null;
  return {
    view: {
      kind: "kubernetes",
      server: main.credential.server,
      identity: main.credential.identity.kind,
      ...(main.credential.identity.kind === "eks" ? { eks: shownOf(main.credential.identity) } : {}),
      ...(cloudCluster === null ? {} : { cloudCluster }),
      ignored: [...main.ignored],
    },
    key: await host.clusters.identify(main.credential),
    credentials: { keyroll: main.credential, helm },
  };
};
