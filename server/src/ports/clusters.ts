import type { CloudIdentity } from "./cloud-identity.ts";
import type { EncryptionReport, SecretPlace } from "./encryption.ts";
import type { CheckFinding, Policy } from "./secret-store.ts";

/** A cluster of AWS by its name; tokens are made from AWS's credentials, so none is kept. */
export interface EksIdentity extends CloudIdentity {
  readonly name: string;
}

/** How a cluster is reached, as JSON: encrypted under the master key, never shown. */
export interface ClusterCredential {
  readonly server: string;
  readonly ca: string | null;
  readonly identity:
    | { readonly kind: "token"; readonly token: string }
    | { readonly kind: "certificate"; readonly cert: string; readonly key: string }
    | { readonly kind: "in-cluster" }
    | ({ readonly kind: "eks" } & EksIdentity);
  readonly tlsServerName: string | null;
}

/** Both identities of a connection; Helm's falls back to the first. */
export interface ClusterCredentials {
  readonly keyroll: ClusterCredential;
  readonly helm: ClusterCredential | null;
}

/** Kubernetes clusters, as far as connections need them. */
export interface Clusters {
  /**
   * Takes the allowed fields of a kubeconfig.
   * @throws {KeyrollError} `invalid` naming the field that is refused, and what to do instead.
   */
  parse(
    kubeconfig: string,
    context: string | undefined,
  ): { readonly credential: ClusterCredential; readonly ignored: readonly string[] };
  /** The cluster that Keyroll itself runs in. @throws {KeyrollError} `invalid` when it runs in none. */
  inCluster(): ClusterCredential;
  /**
   * Asks AWS where the cluster is.
   * @throws {KeyrollError} `invalid` naming the field; `not_found`, `provider_denied`, `provider_unreachable`.
   */
  eks(given: {
    readonly clusterName: string;
    readonly region: string;
    readonly roleArn?: string | undefined;
    readonly externalId?: string | undefined;
  }): Promise<ClusterCredential>;
  /**
   * The name by which GKE or AKS knows a cluster, as the cloud's API takes it. Asks nobody.
   * @throws {KeyrollError} `invalid` naming the field.
   */
  cloudCluster(given: string): string;
  /** The least rights that AWS must give for a cluster that is known by its name; a role's trust among them. */
  policies(cluster: EksIdentity): readonly Policy[];
  /** The uid of namespace kube-system: the cluster's identity whatever its address is. */
  identify(credential: ClusterCredential): Promise<string>;
  /** Each right that Keyroll and Helm need in the namespace, tried one by one. */
  check(credentials: ClusterCredentials, namespace: string | null): Promise<readonly CheckFinding[]>;
  /**
   * How the cluster keeps Secrets. Where the operator lets Keyroll look into etcd, a canary is written to `namespace`,
   * read there and removed, and the beginning of each of `secrets` is read. Else the cloud is asked that runs the
   * cluster, where it is known by name. What stood in the way is in the report.
   */
  encryption(
    credential: ClusterCredential,
    looked: {
      readonly namespace: string;
      readonly secrets: readonly SecretPlace[];
      /** As `cloudCluster` gave it; null: no cloud was named. */
      readonly cloudCluster: string | null;
    },
  ): Promise<EncryptionReport>;
}
