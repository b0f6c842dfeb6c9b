import type { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredentials } from "./clusters.ts";
import type { Mirror, PodFacts } from "./target.ts";

/** Where one environment runs in its cluster. */
export interface FleetPlace {
  readonly environmentId: string;
  readonly namespace: string;
  readonly secretName: string;
  readonly releaseName: string | null;
}

/** Texts that are others when something was changed; or why that cannot be read. */
export type Glance =
  | {
      /** Of the Secret, and of Helm's records of the release as far as Helm's identity may read them. */
      readonly deployed: string;
      /** Of all pods of the namespace. */
      readonly pods: string;
    }
  | { readonly trouble: KeyrollError };

/** All the places of one cluster at one moment, by environment id, and how it goes on. */
export interface Glances {
  readonly of: ReadonlyMap<string, Glance>;
  /**
   * Which of them were seen to move since, by environment id, until the signal aborts, or earlier when the cluster is lost.
   * Hints: what the identity may not watch, the next glance finds. Throws nothing.
   */
  moves(signal: AbortSignal): AsyncIterable<readonly string[]>;
}

/** What a cluster says of many environments, without a value. */
export interface Fleet {
  /**
   * Few requests where the identity may list across namespaces, else two for each place, and one more for a release.
   * @throws {KeyrollError} when the cluster as a whole does not answer.
   */
  glance(credentials: ClusterCredentials, places: readonly FleetPlace[], signal: AbortSignal): Promise<Glances>;
  /** One place closer: the marks of its Secret (`keys` is not told), and every pod that uses it. */
  look(
    credentials: ClusterCredentials,
    place: FleetPlace,
    signal: AbortSignal,
  ): Promise<{ readonly mirror: Mirror; readonly pods: readonly PodFacts[] }>;
}
