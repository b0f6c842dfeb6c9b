import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { ClusterCredential, Clusters } from "../../ports/clusters.ts";
import type { Egress } from "../../ports/egress.ts";
import type { Random } from "../../ports/random.ts";
import type { CheckFinding } from "../../ports/secret-store.ts";
import { describeEks, readEks } from "../cloud/aws/eks.ts";
import { eksPolicies } from "../cloud/aws/eks-policy.ts";
import { accessOf } from "./access.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { readCloudCluster } from "./cloud-cluster.ts";
import { asWhom } from "./eks-identity.ts";
import { lookAtEncryption } from "./encryption/encryption.ts";
import type { EtcdAccess } from "./encryption/etcd.ts";
import { lookAround, type SecretNamesOf } from "./found.ts";
import { readRelease } from "./helm-release.ts";
import { text } from "./json.ts";
import { parseKubeconfig } from "./kubeconfig.ts";
import { readNamed } from "./named-secret.ts";
import { isAllowed } from "./rights.ts";

interface ClustersHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly egress: Egress;
  readonly inCluster: { readonly host: string; readonly port: string } | null;
  readonly variables: ReadonlyMap<string, string>;
  readonly etcd: EtcdAccess | null;
  readonly secretNamesOf: SecretNamesOf;
}

/** What Keyroll itself needs in a namespace: README, "Rights in the cluster"; testbed/rbac/product.yaml is the role. */
const rights: readonly (readonly [verb: string, group: string, resource: string, why: string])[] = [
  ["get", "", "secrets", "read app-secrets"],
  ["create", "", "secrets", "make app-secrets"],
  ["patch", "", "secrets", "make app-secrets"],
  ["update", "", "secrets", "write app-secrets"],
  ["list", "", "pods", "see which pods run which revision"],
  ["watch", "", "pods", "follow rollouts"],
  ["list", "apps", "deployments", "follow rollouts"],
  ["watch", "apps", "deployments", "follow rollouts"],
  ["list", "apps", "statefulsets", "follow rollouts"],
  ["watch", "apps", "statefulsets", "follow rollouts"],
  ["list", "apps", "daemonsets", "follow rollouts"],
  ["watch", "apps", "daemonsets", "follow rollouts"],
  ["list", "apps", "replicasets", "tell pod templates apart"],
  ["watch", "apps", "replicasets", "tell pod templates apart"],
  ["list", "apps", "controllerrevisions", "tell pod templates apart"],
  ["watch", "apps", "controllerrevisions", "tell pod templates apart"],
  ["list", "batch", "jobs", "see which pods run which revision"],
  ["list", "batch", "cronjobs", "see which pods run which revision"],
];
/** Without it everything works but this. */
const rightToEvict = { verb: "create", group: "", resource: "pods", subresource: "eviction" };

const using = async <T>(
  host: ClustersHost,
  credential: ClusterCredential,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> => {
  // The pod's own cluster comes from Kubernetes, not from a person: its address is trusted.
  const egress = credential.identity.kind === "in-cluster" ? null : host.egress;
  const client = await createKubeClient(await accessOf(credential, host), { ...host, egress });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
};

/** Kubernetes clusters, as connections need them. */
export const createClusters = (host: ClustersHost): Clusters => ({
  parse: parseKubeconfig,
  inCluster: () => {
    if (host.inCluster === null) {
      throw new KeyrollError("invalid", "Keyroll does not run in a cluster: there is no in-cluster identity.", {
        field: "cluster",
        next: "Give a kubeconfig.",
        changed: false,
      });
    }
    const name = host.inCluster.host.includes(":") ? `[${host.inCluster.host}]` : host.inCluster.host;
    return {
      server: `https://${name}:${host.inCluster.port}`,
      ca: null,
      identity: { kind: "in-cluster" },
      tlsServerName: null,
    };
  },
  eks: async (given) => {
    const cluster = readEks(given);
    const { server, ca } = await describeEks(cluster, host);
    const { name, region, role } = cluster;
    const identity = { name, region, roleArn: role?.arn ?? null, externalId: role?.externalId ?? null };
    return { server, ca, identity: { kind: "eks", ...identity }, tlsServerName: null };
  },
  cloudCluster: (given) => readCloudCluster(given).name,
  policies: eksPolicies,
  identify: async (credential) =>
    await using(host, credential, async (client) => {
      try {
        const uid = text(await client.get("/api/v1/namespaces/kube-system"), "metadata", "uid");
        if (uid !== null) return `cluster:${uid}`;
      } catch (error) {
        // A narrow identity may not read that namespace: the CA and address stand for the cluster then.
        if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
        await client.get("/version");
      }
      return `server:${credential.server}`;
    }),
  check: async (credentials, namespace) =>
    await using(host, credentials.keyroll, async (client) => {
      const findings: CheckFinding[] = [];
      const add = (id: string, what: string, ok: boolean, message: string, next: string | null): void => {
        findings.push({ id, what, ok, required: true, message, next });
      };
      const { identity } = credentials.keyroll;
      if (identity.kind === "eks") findings.push(await asWhom(identity));
      try {
        const version = await client.get("/version");
        add("reach", "reach the cluster", true, `Kubernetes ${text(version, "gitVersion") ?? "?"} answers.`, null);
      } catch (error) {
        add(
          "reach",
          "reach the cluster",
          false,
          error instanceof Error ? error.message : "It does not answer.",
          "Check the address, the network and the credentials.",
        );
        return findings;
      }
      const where = namespace ?? "default";
      for (const [verb, group, resource, why] of rights) {
        // A role may name the one Secret, and should.
        const name = resource === "secrets" ? { name: "app-secrets" } : {};
        const ok = await isAllowed(client, { namespace: where, verb, group, resource, ...name });
        const right = `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
        add(
          `right:${verb}:${resource}`,
          why,
          ok,
          `${right} in ${where}: ${ok ? "allowed" : "refused"}`,
          ok ? null : `Give the identity the right ${right} (README, "Rights in the cluster", has the whole role).`,
        );
      }
      const evicts = await isAllowed(client, { namespace: where, ...rightToEvict });
      findings.push({
        id: "right:create:pods/eviction",
        what: "replace pods that a rollout leaves with older values",
        ok: evicts,
        required: false,
        message: `create pods/eviction in ${where}: ${evicts ? "allowed" : "refused"}`,
        next: evicts
          ? null
          : 'Give the identity the right create pods/eviction (README, "Rights in the cluster"); else a deployment names such pods and waits for somebody to replace them.',
      });
      if (credentials.helm === null) {
        findings.push({
          id: "one-identity",
          what: "keep Helm's rights apart",
          ok: false,
          required: false,
          message: "Helm uses the same identity: it needs every right that charts need, Secrets included.",
          next: "Give Helm its own identity: --helm-kubeconfig.",
        });
      }
      return findings;
    }),
  encryption: async (credential, looked) =>
    await using(host, credential, async (client) => await lookAtEncryption({ ...host, client }, credential, looked)),
  found: async (credentials, namespace) =>
    await using(
      host,
      credentials.keyroll,
      async (client) =>
        await using(
          host,
          credentials.helm ?? credentials.keyroll,
          async (helmClient) =>
            await lookAround({ client, helmClient, clock: host.clock }, namespace, host.secretNamesOf),
        ),
    ),
  secretNamed: async (credentials, namespace, name) =>
    await using(
      host,
      credentials.keyroll,
      async (client) => await readNamed(client, { namespace, name }, { environmentId: null, field: "secret" }),
    ),
  installed: async (credentials, namespace, release) =>
    await using(
      host,
      credentials.helm ?? credentials.keyroll,
      async (client) => await readRelease(client, namespace, release),
    ),
});
