import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { KubeClient } from "./client.ts";
import type { Json } from "./json.ts";
import { addedKinds, listOf, ownKinds, pathOf } from "./kinds/kinds.ts";
import type { WorkloadObjects } from "./kinds/kind.ts";

/** Milliseconds for which a list that is not there, or not ours to read, is not asked for again. */
const forgotten = 60_000;
/** When a list was last found missing: the client and path -> epoch milliseconds. */
const missing = new WeakMap<Reading["client"], Map<string, number>>();

const own = (namespace: string): ReadonlyMap<string, string> =>
  new Map([
    ["pods", `/api/v1/namespaces/${namespace}/pods`],
    ["replicasets", `/apis/apps/v1/namespaces/${namespace}/replicasets`],
    ["controllerrevisions", `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`],
    ["jobs", `/apis/batch/v1/namespaces/${namespace}/jobs`],
    ...ownKinds.map((kind) => [listOf(kind), pathOf(kind, namespace)] as const),
  ]);

interface Reading {
  readonly client: Pick<KubeClient, "list">;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The objects of a kind that a CRD brings; null: the cluster does not have it, or does not show it to us. */
const readAdded = async (path: string, { client, clock, signal }: Reading): Promise<readonly Json[] | null> => {
  const known = missing.get(client) ?? new Map<string, number>();
  missing.set(client, known);
  if (clock.now() - (known.get(path) ?? -forgotten) < forgotten) return null;
  try {
    const found = await client.list(path, { signal });
    known.delete(path);
    return found;
  } catch (error) {
    if (!(error instanceof KeyrollError && ["not_found", "provider_denied"].includes(error.code))) throw error;
    known.set(path, clock.now());
    return null;
  }
};

const readAllAdded = async (namespace: string, reading: Reading): Promise<[string, readonly Json[]][]> => {
  const lists = await Promise.all(
    addedKinds.map(async (kind) => [listOf(kind), await readAdded(pathOf(kind, namespace), reading)] as const),
  );
  return lists.flatMap(([name, objects]): [string, readonly Json[]][] => (objects === null ? [] : [[name, objects]]));
};

/** Everything that tells of workloads and their pods, as it is now. */
export const readObjects = async (namespace: string, reading: Reading): Promise<WorkloadObjects> => {
  const { client, signal } = reading;
  const [lists, added] = await Promise.all([
    Promise.all(
      [...own(namespace)].map(async ([name, path]): Promise<[string, readonly Json[]]> => [
        name,
        await client.list(path, { signal }),
      ]),
    ),
    readAllAdded(namespace, reading),
  ]);
  return new Map([...lists, ...added]);
};

/** The same without their pods: whoever only asks what there is needs no right to see more. */
export const readWorkloads = async (namespace: string, reading: Reading): Promise<WorkloadObjects> => {
  const { client, signal } = reading;
  const [lists, added] = await Promise.all([
    Promise.all(
      ownKinds.map(async (kind): Promise<[string, readonly Json[]]> => [
        listOf(kind),
        await client.list(pathOf(kind, namespace), { signal }),
      ]),
    ),
    readAllAdded(namespace, reading),
  ]);
  return new Map([...lists, ...added]);
};

/** Paths of what a rollout is followed by: name of the list -> path. */
export const followedLists = async (
  namespace: string,
  reading: Reading,
): Promise<{ readonly paths: ReadonlyMap<string, string>; readonly optional: ReadonlySet<string> }> => {
  const present = new Set((await readAllAdded(namespace, reading)).map(([name]) => name));
  const added = addedKinds.filter((kind) => present.has(listOf(kind)));
  const jobs = new Set(["jobs", "cronjobs"]);
  return {
    paths: new Map([
      ...[...own(namespace)].filter(([name]) => !jobs.has(name)),
      ...added.map((kind) => [listOf(kind), pathOf(kind, namespace)] as const),
    ]),
    optional: new Set(added.map(listOf)),
  };
};
