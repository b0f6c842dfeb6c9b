import { partitionOf } from "./partition.ts";
import { region as regionName } from "./settings.ts";

/** A private registry of Amazon ECR; an account has one in each Region. */
export interface EcrRegistry {
  readonly account: string;
  readonly region: string;
  /** Where ECR itself is asked, as the registry's own name wants it: in its partition, with FIPS or without. */
  readonly api: string;
}

/** With a dot before `ecr` over IPv4, with a hyphen also over IPv6. */
const hostPattern = /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws)$/u;

/**
 * The registry that a host (with its port, if it has one) is; null: it is none of ECR's. Tokens of AWS go where this
 * says yes, so it takes no name that somebody else could have, and no port.
 */
export const ecrRegistryOf = (host: string): EcrRegistry | null => {
  const [, account, fips, region, domain] = hostPattern.exec(host.toLowerCase()) ?? [];
  if (account === undefined || region === undefined || !regionName.safeParse(region).success) return null;
  const partition = partitionOf(region);
  const isChina = partition === "aws-cn";
  // Other partitions have domains of their own, and in China the names of the others mean nothing.
  if (!["aws", "aws-us-gov", "aws-cn"].includes(partition) || isChina !== (domain === "amazonaws.com.cn")) return null;
  const service = fips === undefined ? "api.ecr" : "ecr-fips";
  return { account, region, api: `https://${service}.${region}.${isChina ? "amazonaws.com.cn" : "amazonaws.com"}` };
};
