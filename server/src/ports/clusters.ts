import type { CheckFinding } from "./secret-store.ts";

/** How a cluster is reached, as JSON: encrypted under the master key, never shown. */
export interface ClusterCredential {
  readonly server: string;
  readonly ca: string | null;
  readonly identity:
    | { readonly kind: "token"; readonly token: string }
    | { readonly kind: "certificate"; readonly cert: string; readonly key: string }
    | { readonly kind: "in-cluster" };
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
  /** The uid of namespace kube-system: the cluster's identity whatever its address is. */
  identify(credential: ClusterCredential): Promise<string>;
  /** Each right that Keyroll and Helm need in the namespace, tried one by one. */
  check(credentials: ClusterCredentials, namespace: string | null): Promise<readonly CheckFinding[]>;
}
