import { KeyrollError } from "@keyroll/contract/errors";
import type { KubeClient } from "../client.ts";
import { list, text } from "../json.ts";

/** Whose control plane it is; `own`: nobody's that is known, so somebody runs it himself. */
export type Platform = "eks" | "gke" | "aks" | "own";

/** What a cluster says of itself. */
export interface PlatformFacts {
  readonly gitVersion: string;
  readonly hostname: string;
  /** `spec.providerID` of one node; null: nodes may not be read. */
  readonly providerId: string | null;
}

/** EKS and GKE write themselves into the version; AKS is known by its address, or by its group of machines. */
export const platformOf = ({ gitVersion, hostname, providerId }: PlatformFacts): Platform => {
  if (/-eks-?/u.test(gitVersion)) return "eks";
  if (gitVersion.includes("-gke.")) return "gke";
  if (/\.azmk8s\.(io|us)$|\.cx\.prod\.service\.azk8s\.cn$/u.test(hostname)) return "aks";
  if (/^azure:\/\/.*\/resourcegroups\/mc_/iu.test(providerId ?? "")) return "aks";
  return "own";
};

/** Asks for the version and, where that is allowed, for one node. */
export const platformFacts = async (client: KubeClient, server: string): Promise<PlatformFacts> => {
  const gitVersion = text(await client.get("/version"), "gitVersion") ?? "";
  const nodes = await client.find("/api/v1/nodes", { query: { limit: "1" } }).catch((error: unknown) => {
    if (error instanceof KeyrollError && error.code === "provider_denied") return null;
    throw error;
  });
  const providerId = text(list(nodes, "items")[0], "spec", "providerID");
  return { gitVersion, hostname: new URL(server).hostname, providerId };
};
