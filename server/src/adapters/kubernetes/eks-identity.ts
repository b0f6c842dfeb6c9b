import { KeyrollError } from "@keyroll/contract/errors";
import type { EksIdentity } from "../../ports/clusters.ts";
import type { CheckFinding } from "../../ports/secret-store.ts";
import { assumedRole } from "../cloud/aws/assumed-role.ts";
import { callerOf } from "../cloud/aws/identity.ts";

/** Whom the cluster sees: an access entry of the cluster, or its aws-auth map, must name it. */
export const asWhom = async ({ name, region, roleArn, externalId }: EksIdentity): Promise<CheckFinding> => {
  const role = roleArn === null ? null : assumedRole(region, { arn: roleArn, externalId });
  const finding = { id: "eks-identity", what: "be known to the EKS cluster", required: false };
  try {
    const { arn } = await callerOf(region, role);
    const message = `Keyroll comes as ${arn}: an access entry of ${name} must name its role or user.`;
    return { ...finding, ok: true, message, next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { ...finding, ok: false, message: error.message, next: error.next };
  }
};
