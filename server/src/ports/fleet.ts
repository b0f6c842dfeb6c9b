import type { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredentials } from "./clusters.ts";
import type { Mirror, PodFacts } from "./target.ts";

/** Where one environment runs in its cluster. */
export interface FleetPlace {
  readonly environmentId: string;
  readonly namespace: string;
  readonly secretName: string;
}

/** Text that is another one when the Secret or a pod of the namespace was changed; or why it cannot be read. */
export type Glance = { readonly mark: string } | { readonly trouble: KeyrollError };

/** What a cluster says of many environments, without a value. */
export interface Fleet {
  /**
   * All of these places of one cluster, by few requests where the identity may list across namespaces, else by two for
   * each place. By environment id.
   * @throws {KeyrollError} when the cluster as a whole does not answer.
   */
  glance(
    credentials: ClusterCredentials,
    places: readonly FleetPlace[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Glance>>;
  /** One place closer: the marks of its Secret (`keys` is not told), and every pod that uses it. */
  look(
    credentials: ClusterCredentials,
    place: FleetPlace,
    signal: AbortSignal,
  ): Promise<{ readonly mirror: Mirror; readonly pods: readonly PodFacts[] }>;
}
