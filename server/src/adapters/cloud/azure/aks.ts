import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Egress } from "../../../ports/egress.ts";
import { askCloud } from "../ask.ts";
import { grantOf } from "./token.ts";

/** Azure compares ids without regard to case; what stands between the names comes in several. */
const id =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/resourcegroups\/([\w.()-]{0,89}[\w()-])\/providers\/microsoft\.containerservice\/managedclusters\/([a-z0-9](?:[\w-]{0,61}[a-z0-9])?)$/iu;

/** The resource id of an AKS cluster in Azure's usual case; null: it is none. */
export const aksIdOf = (given: string): string | null => {
  const [, subscription, group, cluster] = id.exec(given) ?? [];
  return cluster === undefined
    ? null
    : `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${cluster}`;
};

/** What Azure says of a cluster, as far as it is asked. */
export interface AksFacts {
  /** Host names of its API server. */
  readonly hosts: readonly string[];
  /** `Succeeded`, unless something is being changed or went wrong. */
  readonly provisioningState: string | null;
  /** Whether KMS with a key of one's own is on, and its key. */
  readonly keyVaultKms: { readonly enabled: boolean; readonly keyId: string | null };
  /** Whether KMS with a key of AKS's own is on; null: this version of the API does not tell. */
  readonly infrastructureEncryption: boolean | null;
}

interface AksHost {
  readonly egress: Egress;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Only preview versions of the API tell of `kubernetesResourceObjectEncryptionProfile`, and a preview version is taken
 * out of service after a year or so: then the newest stable one that was read answers for the rest.
 */
const versions = [
  { version: "2026-04-02-preview", isWhole: true },
  { version: "2026-05-01", isWhole: false },
] as const;

/** Where each of Azure's clouds is asked, by the names of its clusters. */
const clouds: readonly (readonly [suffix: string, address: string])[] = [
  [".azmk8s.us", "https://management.usgovcloudapi.net"],
  [".azk8s.cn", "https://management.chinacloudapi.cn"],
];
const ofAzure = "https://management.azure.com";

const text = z.string().max(2048);
const shape = z.object({
  properties: z.object({
    fqdn: text.nullish(),
    privateFQDN: text.nullish(),
    provisioningState: text.nullish(),
    securityProfile: z
      .object({
        azureKeyVaultKms: z.object({ enabled: z.boolean().nullish(), keyId: text.nullish() }).nullish(),
        kubernetesResourceObjectEncryptionProfile: z.object({ infrastructureEncryption: text.nullish() }).nullish(),
      })
      .nullish(),
  }),
});

/**
 * `managedClusters` get of Azure Resource Manager, as the server itself. Written from the published reference and
 * tested against our own reading of it, not against the service.
 * @param hostname of the API server: it tells which of Azure's clouds to ask
 * @throws {KeyrollError} `not_found`, `provider_denied`, `provider_unreachable`; nothing was changed.
 */
export const describeAks = async (
  cluster: string,
  hostname: string,
  { egress, variables }: AksHost,
): Promise<AksFacts> => {
  const usual = clouds.find(([suffix]) => hostname.endsWith(suffix))?.[1] ?? ofAzure;
  const { token } = await grantOf(variables, usual);
  const what = `Microsoft.ContainerService/managedClusters/read on \`${cluster}\``;
  const fail = (code: "provider_denied" | "provider_unreachable" | "not_found", why: string, next: string) =>
    new KeyrollError(code, why, { field: "cluster.cloudCluster", next, changed: false });
  let refused = "";
  for (const { version, isWhole } of versions) {
    const given = variables.get("AZURE_RESOURCE_MANAGER_URL");
    const path = `${cluster}?api-version=${version}`;
    const { status, body } = await askCloud({ usual, given, path, token, what }, egress);
    if (status === 200) {
      const found = shape.safeParse(body);
      if (found.success) return factsOf(found.data.properties, isWhole);
      throw fail(
        "provider_unreachable",
        `The answer to ${what} is none that Keyroll can read.`,
        "Try again; if it stays so, look yourself.",
      );
    }
    if (status === 404)
      throw fail(
        "not_found",
        `There is no AKS cluster \`${cluster}\`.`,
        "Check its subscription, its resource group and its name.",
      );
    const code = codeOf(body);
    refused = code === null ? `${status}` : `${status} ${code}`;
    // The version is what is refused.
    if (status === 400) continue;
    throw fail(
      "provider_denied",
      `Azure refused ${what} (${refused}).`,
      status === 401
        ? "Check the server's Azure credentials, and its clock."
        : "Give the server's identity the right Microsoft.ContainerService/managedClusters/read on the cluster (role Reader has it).",
    );
  }
  throw fail(
    "provider_unreachable",
    `Azure takes no version of its API that Keyroll knows (${refused}): ${what}.`,
    "Look for a newer Keyroll.",
  );
};

const factsOf = (
  { fqdn, privateFQDN, provisioningState, securityProfile }: z.output<typeof shape>["properties"],
  isWhole: boolean,
): AksFacts => {
  const { enabled, keyId } = securityProfile?.azureKeyVaultKms ?? {};
  const { infrastructureEncryption: own } = securityProfile?.kubernetesResourceObjectEncryptionProfile ?? {};
  return {
    hosts: [fqdn, privateFQDN].flatMap((host) => (host === null || host === undefined ? [] : [host.toLowerCase()])),
    provisioningState: provisioningState ?? null,
    keyVaultKms: { enabled: enabled === true, keyId: keyId || null },
    infrastructureEncryption: isWhole || typeof own === "string" ? own === "Enabled" : null,
  };
};

/** Azure's own word for a refusal, never its text. */
const codeOf = (body: unknown): string | null => {
  const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
  return typeof code === "string" && /^\w{1,60}$/u.test(code) ? code : null;
};
