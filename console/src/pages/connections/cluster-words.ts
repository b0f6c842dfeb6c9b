import type { Connection } from "../../client.ts";

/** What a connection's cluster is, in a line. */
export const clusterWords = (cluster: Connection["cluster"]): string =>
  cluster.kind === "process"
    ? "processes of keyroll run, no cluster"
    : cluster.eks === undefined
      ? `${cluster.server} (${cluster.identity})`
      : `EKS cluster ${cluster.eks.name} in ${cluster.eks.region}`;
