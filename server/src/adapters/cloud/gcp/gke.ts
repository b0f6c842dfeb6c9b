import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Clock } from "../../../ports/clock.ts";
import type { Egress } from "../../../ports/egress.ts";
import { askCloud } from "../ask.ts";
import { grantOf } from "./token.ts";

/** Projects, Regions or zones, and clusters, by Google's rules for their names. */
const name =
  /^projects\/([a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20})\/locations\/[a-z]{2,20}-[a-z]{2,20}\d{1,2}(-[a-z])?\/clusters\/[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/u;

/** Whether it is the whole name of a GKE cluster: `projects/P/locations/L/clusters/C`. */
export const isGkeName = (given: string): boolean => name.test(given);

/** What Google says of a cluster, as far as it is asked. */
export interface GkeFacts {
  /** PEM of the authority of the cluster's certificate. */
  readonly ca: string | null;
  /** Host of the DNS-based endpoint, whose certificate is of a public authority. */
  readonly dnsName: string | null;
  /** Of `databaseEncryption`: what is wanted, what is, and the Cloud KMS key. */
  readonly state: string | null;
  readonly currentState: string | null;
  readonly keyName: string | null;
}

interface GkeHost {
  readonly clock: Clock;
  readonly egress: Egress;
  readonly variables: ReadonlyMap<string, string>;
}

const text = z.string().max(2048);
const shape = z.object({
  masterAuth: z.object({ clusterCaCertificate: z.base64().optional() }).optional(),
  controlPlaneEndpointsConfig: z
    .object({ dnsEndpointConfig: z.object({ endpoint: text.optional() }).optional() })
    .optional(),
  databaseEncryption: z
    .object({ state: text.optional(), currentState: text.optional(), keyName: text.optional() })
    .optional(),
});

/**
 * `projects.locations.clusters.get` of the Kubernetes Engine API, as the server itself. Written from the published
 * reference and tested against our own reading of it, not against the service.
 * @throws {KeyrollError} `not_found`, `provider_denied`, `provider_unreachable`; nothing was changed.
 */
export const describeGke = async (cluster: string, { clock, egress, variables }: GkeHost): Promise<GkeFacts> => {
  const { token } = await grantOf(variables, clock);
  const what = `container.clusters.get on \`${cluster}\``;
  const { status, body } = await askCloud(
    {
      usual: "https://container.googleapis.com",
      given: variables.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER"),
      path: `/v1/${cluster}`,
      token,
      what,
    },
    egress,
  );
  const fail = (code: "provider_denied" | "provider_unreachable" | "not_found", why: string, next: string) =>
    new KeyrollError(code, why, { field: "cluster.cloudCluster", next, changed: false });
  if (status === 404)
    throw fail("not_found", `There is no GKE cluster \`${cluster}\`.`, "Check its project, its location and its name.");
  if (status !== 200) {
    const refused = nameOf(body) ?? `status ${status}`;
    throw fail(
      "provider_denied",
      `Google refused ${what} (${refused}).`,
      status === 401
        ? "Check the server's Google credentials, and its clock."
        : "Give the server's account the right container.clusters.get there (role Kubernetes Engine Cluster Viewer), and see that the project's Kubernetes Engine API is on.",
    );
  }
  const found = shape.safeParse(body);
  if (!found.success)
    throw fail(
      "provider_unreachable",
      `The answer to ${what} is none that Keyroll can read.`,
      "Try again; if it stays so, look yourself.",
    );
  const { masterAuth, controlPlaneEndpointsConfig, databaseEncryption } = found.data;
  const ca = masterAuth?.clusterCaCertificate;
  return {
    ca: ca === undefined ? null : Buffer.from(ca, "base64").toString("latin1"),
    dnsName: controlPlaneEndpointsConfig?.dnsEndpointConfig?.endpoint ?? null,
    state: databaseEncryption?.state ?? null,
    currentState: databaseEncryption?.currentState ?? null,
    // A string that is not set comes empty from some versions of the API.
    keyName: databaseEncryption?.keyName || null,
  };
};

/** Google's own word for a refusal, never its text. */
const nameOf = (body: unknown): string | null => {
  const found = (body as { error?: { status?: unknown } } | null)?.error?.status;
  return typeof found === "string" && /^[A-Z_]{1,40}$/u.test(found) ? found : null;
};
