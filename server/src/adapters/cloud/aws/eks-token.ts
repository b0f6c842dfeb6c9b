import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../../ports/clock.ts";
import { failureOf } from "./sdk.ts";
import type { Role } from "./settings.ts";
import { signerOf, type Signer } from "./signer.ts";

/** One EKS cluster, and as whom Keyroll comes to it. */
export interface EksCluster {
  readonly name: string;
  readonly region: string;
  readonly role: Role | null;
}

/** EKS takes a token for 15 minutes after it was signed; whoever is handed one has ten of them left. Milliseconds. */
const reuse = 300_000;

/** STS must be asked within it, by whoever checks the token at once. Seconds. */
const life = 60;

/**
 * Bearer tokens of a cluster, made here: a signed question to STS who the signer is, which the cluster asks on. Several
 * requests share one, since the cluster asks STS about each token that it has not seen.
 * @throws {KeyrollError} (the function that is returned) `provider_denied`, `provider_unreachable`.
 */
export const eksToken = ({ name, region, role }: EksCluster, clock: Clock): (() => Promise<string>) => {
  let signer: Promise<Signer> | null = null;
  let last: { readonly token: string; readonly at: number } | null = null;
  return async () => {
    const now = clock.now();
    if (last !== null && now - last.at < reuse && now >= last.at) return last.token;
    const hostname = `sts.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
    try {
      signer ??= signerOf("sts", region, role);
      // The cluster refuses any parameter that it does not know: the request is signed bare, not by an STS client.
      const { query = {} } = await (
        await signer
      ).presign(
        {
          method: "GET",
          protocol: "https:",
          hostname,
          path: "/",
          query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
          headers: { host: hostname, "x-k8s-aws-id": name },
        },
        { expiresIn: life, signingDate: new Date(now) },
      );
      const search = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`);
      const url = `https://${hostname}/?${search.join("&")}`;
      last = { token: `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`, at: now };
      return last.token;
    } catch (error) {
      if (error instanceof KeyrollError) throw error;
      throw new KeyrollError(
        "provider_denied",
        `The server has no AWS credentials for the cluster \`${name}\` (${failureOf(error).reason}).`,
        { next: "Give the server a role or AWS_ACCESS_KEY_ID.", changed: false },
      );
    }
  };
};
