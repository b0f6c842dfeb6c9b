import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { Found } from "../../ports/clusters.ts";
import { marks } from "./app-secrets.ts";
import type { KubeClient } from "./client.ts";
import { releasesIn } from "./helm-release.ts";
import { at, isJson, text, type Json } from "./json.ts";
import { readWorkloads } from "./objects.ts";
import { ownerOf } from "./owner.ts";
import { keepersOfPods } from "./workloads.ts";

/** Names of the Secrets that a pod spec reads keys of. */
export type SecretNamesOf = (podSpec: unknown) => readonly string[];

/** Who applies a workload, when that is more than Helm run by somebody. */
const keeperOf = (object: Json): string | null => {
  const owner = ownerOf(object)?.name ?? null;
  return owner === "a Helm release" ? null : owner;
};

const releaseOf = (object: Json): string | null => text(object, "metadata", "annotations", "meta.helm.sh/release-name");

const readSecret = async (client: KubeClient, namespace: string, name: string): Promise<Found["secrets"][number]> => {
  const nothing = { name, keys: null, keeper: null, environment: null };
  try {
    const secret = await client.find(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    if (secret === null) return { ...nothing, problem: "it does not exist" };
    const data = at(secret, "data");
    const environment = text(secret, "metadata", "annotations", marks.environment);
    return {
      name,
      keys: isJson(data) ? Object.keys(data).toSorted() : [],
      problem: null,
      keeper: environment === null ? ownerOf(secret) : null,
      environment,
    };
  } catch (error) {
    if (error instanceof KeyrollError && error.code === "provider_denied")
      return { ...nothing, problem: "the connection may not read it" };
    throw error;
  }
};

interface Looking {
  readonly client: KubeClient;
  readonly helmClient: KubeClient;
  readonly clock: Clock;
}

/** What runs in a namespace: releases with Helm's identity, the rest with Keyroll's. Values are dropped at once. */
export const lookAround = async (
  { client, helmClient, clock }: Looking,
  namespace: string,
  secretNamesOf: SecretNamesOf,
): Promise<Found> => {
  const [releases, objects] = await Promise.all([
    // Beside somebody else's pipeline nobody needs to see what Helm keeps.
    releasesIn(helmClient, namespace).catch((error: unknown) => {
      if (error instanceof KeyrollError && error.code === "provider_denied") return [];
      throw error;
    }),
    readWorkloads(namespace, { client, clock }),
  ]);
  const workloads = keepersOfPods(objects).map(({ kind, object }) => ({
    kind: kind.kind,
    name: text(object, "metadata", "name") ?? "",
    release: releaseOf(object),
    keeper: keeperOf(object),
    secrets: secretNamesOf(at(kind.template(object, objects), "spec")),
  }));
  const names = [...new Set(workloads.flatMap(({ secrets }) => secrets))].toSorted();
  return {
    releases,
    workloads,
    secrets: await Promise.all(names.map(async (name) => await readSecret(client, namespace, name))),
  };
};
