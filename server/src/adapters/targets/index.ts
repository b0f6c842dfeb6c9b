import { KeyrollError } from "@keyroll/contract/errors";
import type { Charts } from "../../ports/charts.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ClusterCredential, ClusterCredentials, Clusters } from "../../ports/clusters.ts";
import type { Egress } from "../../ports/egress.ts";
import type { KeyWrap } from "../../ports/key-wrap.ts";
import type { Fleet } from "../../ports/fleet.ts";
import type { Random } from "../../ports/random.ts";
import type { Target, TargetScope } from "../../ports/target.ts";
import { createEcr } from "../cloud/aws/ecr.ts";
import { createCharts } from "../helm/charts.ts";
import { createHelm } from "../helm/helm.ts";
import { accessOf } from "../kubernetes/access.ts";
import { createKubeClient, type KubeClient } from "../kubernetes/client.ts";
import { readMarks } from "../kubernetes/app-secrets.ts";
import { createClusters } from "../kubernetes/clusters.ts";
import type { EtcdAccess } from "../kubernetes/encryption/etcd.ts";
import type { SecretNamesOf } from "../kubernetes/found.ts";
import { glance, type Refusals } from "../kubernetes/glance.ts";
import { moves } from "../kubernetes/moves.ts";
import { readObjects } from "../kubernetes/objects.ts";
import { podsOf } from "../kubernetes/pods.ts";
import type { UsesOf } from "../kubernetes/workloads.ts";
import { clusterTarget } from "./cluster.ts";
import { processTarget } from "./process.ts";

export interface TargetsHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly egress: Egress;
  readonly keys: KeyWrap;
  /** Private folder for Helm's files. */
  readonly workDir: string;
  readonly helm: string | null;
  readonly path: string;
  /** What a pod spec uses of the Secret of this name. */
  readonly usesOf: (secretName: string) => UsesOf;
  readonly secretNamesOf: SecretNamesOf;
  readonly inCluster: { readonly host: string; readonly port: string } | null;
  readonly etcd: EtcdAccess | null;
  /** What a provider's usual variables of the server process say. */
  readonly variables: ReadonlyMap<string, string>;
}

export interface Drivers {
  readonly targets: { open(scope: TargetScope, credentials: ClusterCredentials | null): Promise<Target> };
  readonly charts: Charts;
  readonly clusters: Clusters;
  readonly fleet: Fleet;
  close(): Promise<void>;
}

/** Every type of target, with the drivers below them. */
export const createTargets = async (host: TargetsHost): Promise<Drivers> => {
  const helm = createHelm({
    binary: host.helm ?? "helm",
    workDir: host.workDir,
    path: host.path,
    now: () => host.clock.now(),
    clock: host.clock,
  });
  const clients = new Map<string, Promise<KubeClient>>();
  const refusals = new WeakMap<KubeClient, Refusals>();

  /** One client a set of credentials: connections to the API server are kept. */
  const clientOf = async (credential: ClusterCredential): Promise<KubeClient> => {
    const key = JSON.stringify(credential);
    const known = clients.get(key);
    if (known !== undefined) return await known;
    const egress = credential.identity.kind === "in-cluster" ? null : host.egress;
    const made = accessOf(credential, host).then(async (access) => await createKubeClient(access, { ...host, egress }));
    clients.set(key, made);
    // What could not be made is not kept.
    made.catch(() => clients.delete(key));
    return await made;
  };
  return {
    targets: {
      open: async (scope, credentials) => {
        if (scope.type === "process") return processTarget(() => host.clock.now());
        if (credentials === null)
          throw new KeyrollError("invalid", `An environment of type ${scope.type} needs a connection with a cluster.`);
        return clusterTarget(scope, {
          clock: host.clock,
          client: await clientOf(credentials.keyroll),
          helm,
          helmAccess: await accessOf(credentials.helm ?? credentials.keyroll, host),
          helmClient: await clientOf(credentials.helm ?? credentials.keyroll),
          usesOf: host.usesOf,
          digest: async (parts, context) => (host.keys.open ? await host.keys.digest(parts, context) : null),
        });
      },
    },
    charts: createCharts({ helm, workDir: host.workDir, egress: host.egress, ecr: createEcr(host) }),
    clusters: createClusters(host),
    fleet: {
      glance: async ({ keyroll, helm: forHelm }, places, signal) => {
        const client = await clientOf(keyroll);
        const known = refusals.get(client) ?? new Map();
        refusals.set(client, known);
        const helmClient = await clientOf(forHelm ?? keyroll);
        const glancing = { client, helmClient, clock: host.clock, refusals: known };
        const { of, lists } = await glance(glancing, places, signal);
        return { of, moves: (until) => moves(glancing, places, lists, until) };
      },
      look: async ({ keyroll }, { environmentId, namespace, secretName }, signal) => {
        const client = await clientOf(keyroll);
        const [mirror, objects] = await Promise.all([
          readMarks(client, { namespace, name: secretName }, environmentId, signal),
          readObjects(namespace, { client, clock: host.clock, signal }),
        ]);
        return { mirror, pods: podsOf(objects, host.usesOf(secretName)) };
      },
    },
    close: async () => {
      await Promise.all([...clients.values()].map(async (client) => await (await client).close()));
    },
  };
};
