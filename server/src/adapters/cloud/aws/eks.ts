import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { ask, type AskHost } from "./ask.ts";
import type { EksCluster } from "./eks-token.ts";
import { checkAccount, region, roleOf, roleSettings } from "./settings.ts";

const settings = z
  .strictObject({
    clusterName: z
      .string()
      .regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/u, "an EKS cluster's name: letters, digits, - and _"),
    region,
    ...roleSettings,
  })
  .superRefine(checkAccount);

/** What a person gives. @throws {KeyrollError} `invalid` naming the field. */
export const readEks = (given: object): EksCluster => {
  const parsed = settings.safeParse(given);
  if (parsed.success) return { name: parsed.data.clusterName, region: parsed.data.region, role: roleOf(parsed.data) };
  const [issue] = parsed.error.issues;
  const field = ["cluster", ...(issue?.path ?? []).map(String)].join(".");
  throw new KeyrollError("invalid", `\`${field}\`: ${issue?.message ?? "is not right"}.`, { field, changed: false });
};

const place = z.object({
  cluster: z.object({
    endpoint: z.url({ protocol: /^https$/u }),
    certificateAuthority: z.object({ data: z.base64() }),
  }),
});

const encryption = z.object({
  cluster: z.object({
    version: z.string(),
    encryptionConfig: z
      .array(
        z.object({
          resources: z.array(z.string()).default([]),
          provider: z.object({ keyArn: z.string() }).optional(),
        }),
      )
      .nullish(),
  }),
});

/**
 * Where the cluster is, and the authority that its certificate must be of.
 * @throws {KeyrollError} `not_found`, `provider_denied`, `provider_unreachable`; nothing was changed.
 */
export const describeEks = async (
  cluster: EksCluster,
  host: AskHost,
): Promise<{ readonly server: string; readonly ca: string }> => {
  const found = await describe(cluster, host, place, "names no address of the cluster");
  const { endpoint, certificateAuthority } = found.cluster;
  return { server: endpoint, ca: Buffer.from(certificateAuthority.data, "base64").toString("utf8") };
};

export interface EksEncryption {
  /** Of Kubernetes, such as `1.34`. */
  readonly version: string;
  /** The customer's KMS key for Secrets; null: none was chosen. */
  readonly keyArn: string | null;
}

/** What decides how the cluster keeps Secrets. @throws as `describeEks` does. */
export const describeEksEncryption = async (cluster: EksCluster, host: AskHost): Promise<EksEncryption> => {
  const found = await describe(cluster, host, encryption, "says nothing of its version and encryption");
  const { version, encryptionConfig } = found.cluster;
  const ofSecrets = (encryptionConfig ?? []).find(({ resources }) => resources.includes("secrets"));
  return { version, keyArn: ofSecrets?.provider?.keyArn ?? null };
};

/** eks:DescribeCluster, as far as `shape` takes it. */
const describe = async <T>(
  { name, region, role }: EksCluster,
  host: AskHost,
  shape: z.ZodType<T>,
  lack: string,
): Promise<T> => {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const what = `eks:DescribeCluster on \`${name}\` in ${region}`;
  const field = "cluster.clusterName";
  const fail = (code: "provider_denied" | "provider_unreachable" | "not_found", why: string, next: string) =>
    new KeyrollError(code, why, { field, next, changed: false });
  const { status, body } = await ask(
    {
      service: "eks",
      region,
      role,
      address: `https://eks.${region}.${domain}`,
      variable: "AWS_ENDPOINT_URL_EKS",
      method: "GET",
      path: `/clusters/${name}`,
      what,
      field,
      next: {
        unsigned: "Give the server a role or AWS_ACCESS_KEY_ID.",
        silent: `Check the connection's region: is ${region} spelled right? If it is, check the network.`,
      },
    },
    host,
  );
  if (status === 404)
    throw fail("not_found", `There is no EKS cluster \`${name}\` in ${region}.`, "Check its name and its Region.");
  if (status >= 400 && status < 500)
    throw fail(
      "provider_denied",
      `AWS refused ${what} (${status}).`,
      `Give ${role?.arn ?? "the server's own role or user"} the right eks:DescribeCluster on this cluster, and check the server's credentials and clock.`,
    );
  const found = shape.safeParse(body);
  if (!found.success)
    throw fail(
      "provider_unreachable",
      `The answer to ${what} (${status}) ${lack}.`,
      "Is the cluster still being made? Try again when it is active.",
    );
  return found.data;
};
