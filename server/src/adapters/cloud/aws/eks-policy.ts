import type { EksIdentity } from "../../../ports/clusters.ts";
import type { Policy } from "../../../ports/secret-store.ts";
import { arnsOf, documentOf, rolePolicies, type Statement } from "./policy.ts";

/**
 * What AWS must allow for a cluster that is known by its name: where it is, and how it keeps Secrets. Names begin with
 * `cluster`, because the store of the connection may have a role of its own.
 */
export const eksPolicies = ({ name, region, roleArn, externalId }: EksIdentity): readonly Policy[] => {
  const settings = { region, roleArn: roleArn ?? undefined, externalId: externalId ?? undefined };
  const describe: Statement = {
    Sid: "Cluster",
    Effect: "Allow",
    Action: ["eks:DescribeCluster"],
    Resource: [arnsOf(settings)("eks", `cluster/${name}`)],
  };
  return [
    {
      name: "cluster",
      purpose: `For ${roleArn ?? "the server's own role or user"}: where the EKS cluster is and how it keeps Secrets. An access entry of the cluster must name it too.`,
      document: documentOf([describe]),
    },
    ...rolePolicies(settings).map((policy) => ({ ...policy, name: `cluster-${policy.name}` })),
  ];
};
