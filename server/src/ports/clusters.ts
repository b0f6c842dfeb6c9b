import type { CloudIdentity } from "./cloud-identity.ts";
import type { EncryptionReport, SecretPlace } from "./encryption.ts";
import type { CheckFinding, Policy } from "./secret-store.ts";
import type { Secret } from "./secret.ts";

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

/** Somebody else who keeps an object, or the whole release, in step with what lies elsewhere. */
export interface Keeper {
  readonly name: string;
  readonly steps: string;
}

/** What runs in a namespace, as far as it could be taken over. No values. */
export interface Found {
  /** Newest revision of each release of Helm. */
  readonly releases: readonly { readonly name: string; readonly revision: number; readonly status: string }[];
  readonly workloads: readonly {
    readonly kind: string;
    readonly name: string;
    /** The release of Helm that it is part of. */
    readonly release: string | null;
    /** Who applies it, when that is not Helm by hand. */
    readonly keeper: string | null;
    /** Secrets whose keys it reads. */
    readonly secrets: readonly string[];
  }[];
  /** Those that the workloads read. */
  readonly secrets: readonly {
    readonly name: string;
    /** Null: it is not there, or may not be read. */
    readonly keys: readonly string[] | null;
    readonly problem: string | null;
    readonly keeper: Keeper | null;
    /** Id of the Keyroll environment that it belongs to. */
    readonly environment: string | null;
  }[];
}

/** A release as Helm keeps it in the cluster. */
export interface InstalledRelease {
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly chart: string;
  readonly version: string;
  /** Charts that it depends on, which Helm does not keep with the release. */
  readonly dependencies: readonly string[];
  /** Its chart's files by path, made again from what Helm keeps; comments of values.yaml are lost. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** YAML of what was set when it was installed; empty: nothing. */
  readonly values: string;
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
  /** What runs in a namespace. @throws {KeyrollError} `provider_denied`, `provider_unreachable`. */
  found(credentials: ClusterCredentials, namespace: string): Promise<Found>;
  /**
   * What a Secret holds that belongs to no environment of Keyroll, for a comparison; the values are dropped after it.
   * @throws {KeyrollError} `not_found`; `invalid`: it holds no pairs, or those of an environment; `provider_denied`.
   */
  secretNamed(credentials: ClusterCredentials, namespace: string, name: string): Promise<ReadonlyMap<string, Secret>>;
  /**
   * The newest revision of a release, read with Helm's identity.
   * @throws {KeyrollError} `not_found`; `provider_denied`, `provider_unreachable`; `integrity`: it cannot be read.
   */
  installed(credentials: ClusterCredentials, namespace: string, release: string): Promise<InstalledRelease>;
}
