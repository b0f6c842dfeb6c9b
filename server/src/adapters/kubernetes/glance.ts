import { hash } from "node:crypto";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { FleetPlace, Glance } from "../../ports/fleet.ts";
import { KubeGone } from "./answers.ts";
import { managedBy } from "./app-secrets.ts";
import type { KubeClient } from "./client.ts";
import { text, type Json } from "./json.ts";

/** From so many namespaces on, one list of them all is asked for: below, the rest of the cluster would be most of it. */
const manyNamespaces = 10;
/** Objects of a page. Metadata of a pod or a Secret is 1 to 3 KB, so that a page is a few megabytes. */
const pageSize = 1500;
/** Requests at a time, where each namespace is asked for itself. */
const atOnce = 8;
/** Milliseconds until a list that was refused across namespaces is asked for again: somebody may have given the right. */
const refusedFor = 3_600_000;

interface Kind {
  readonly name: "pods" | "secrets" | "releases";
  readonly plural: "pods" | "secrets";
  readonly labelSelector: string | null;
}
const secrets: Kind = { name: "secrets", plural: "secrets", labelSelector: `${managedBy}=keyroll` };
const pods: Kind = { name: "pods", plural: "pods", labelSelector: null };
/** Helm's records of what is there now, or was tried since: of each release one, as a rule. */
const releases: Kind = { name: "releases", plural: "secrets", labelSelector: "owner=helm,status!=superseded" };

/** Which lists across namespaces an identity was refused, and when. */
export type Refusals = Map<Kind["name"], number>;

export interface GlanceHost {
  readonly client: KubeClient;
  /** With Helm's own identity. */
  readonly helmClient: KubeClient;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/** A list, and where it stood: a watch can go on from there. */
export interface Listed {
  readonly client: KubeClient;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly from: string;
}

/** One glance on its way. */
interface Glancing extends GlanceHost {
  readonly signal: AbortSignal;
  readonly lists: Listed[];
}

const versionOf = (object: Json): string => text(object, "metadata", "resourceVersion") ?? "";

/** Each object of a list, page by page: none is kept. @returns where it stood */
const listed = async (
  { client, signal }: Pick<Glancing, "client" | "signal">,
  path: string,
  query: Readonly<Record<string, string>>,
  each: (object: Json) => void,
): Promise<Listed> => {
  let from = "";
  const sending = { query: { ...query, limit: String(pageSize) }, metadataOnly: true, each, signal };
  for await (const { resourceVersion } of client.pages(path, sending)) from = resourceVersion;
  return { client, path, query, from };
};

/** Each object of a list across namespaces. False: it is refused. */
const across = async (
  glancing: Glancing,
  { name, plural, labelSelector }: Kind,
  each: (object: Json) => void,
): Promise<boolean> => {
  const { clock, refusals, lists, signal } = glancing;
  if ((refusals.get(name) ?? -refusedFor) + refusedFor > clock.now()) return false;
  const client = name === "releases" ? glancing.helmClient : glancing.client;
  try {
    const query = labelSelector === null ? {} : { labelSelector };
    lists.push(await listed({ client, signal }, `/api/v1/${plural}`, query, each));
    refusals.delete(name);
    return true;
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
    refusals.set(name, clock.now());
    return false;
  }
};

/** Runs the work for each, a few at a time. */
const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const rest = items.values();
  const one = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
};

/** A place's own trouble does not speak for the others; a cluster that does not answer speaks for all. */
const troubleOf = (error: unknown): KeyrollError => {
  if (error instanceof KeyrollError && !["provider_unreachable", "provider_throttled"].includes(error.code))
    return error;
  throw error;
};

type Marks = ReadonlyMap<string, string | KeyrollError>;

/** "namespace/name" of each Secret that is there -> its version. */
const secretMarks = async (glancing: Glancing, places: readonly FleetPlace[], isWide: boolean): Promise<Marks> => {
  const marks = new Map<string, string | KeyrollError>();
  const all = (object: Json): void => {
    marks.set(
      `${text(object, "metadata", "namespace") ?? ""}/${text(object, "metadata", "name") ?? ""}`,
      versionOf(object),
    );
  };
  if (isWide && (await across(glancing, secrets, all))) return marks;
  await inTurns(places, async ({ namespace, secretName }) => {
    const at = `${namespace}/${secretName}`;
    try {
      const path = `/api/v1/namespaces/${namespace}/secrets/${secretName}`;
      const object = await glancing.client.find(path, { metadataOnly: true, signal: glancing.signal });
      if (object !== null) marks.set(at, versionOf(object));
    } catch (error) {
      marks.set(at, troubleOf(error));
    }
  });
  return marks;
};

/** "namespace/release" -> one text for the versions of Helm's records. Who may not read them is told of the rest. */
const releaseMarks = async (
  glancing: Glancing,
  places: readonly FleetPlace[],
  isWide: boolean,
): Promise<ReadonlyMap<string, string>> => {
  const marks = new Map(places.flatMap((place) => (place.releaseName === null ? [] : [[releaseOf(place), ""]])));
  if (marks.size === 0) return marks;
  const add = (object: Json): void => {
    const at = `${text(object, "metadata", "namespace") ?? ""}/${text(object, "metadata", "labels", "name") ?? ""}`;
    const before = marks.get(at);
    // Others have releases too.
    if (before !== undefined) marks.set(at, `${before}.${versionOf(object)}`);
  };
  if (isWide && (await across(glancing, releases, add))) return marks;
  const { helmClient: client, signal } = glancing;
  await inTurns(places, async (place) => {
    if (place.releaseName === null) return;
    marks.set(releaseOf(place), "");
    const labelSelector = `${releases.labelSelector ?? ""},name=${place.releaseName}`;
    try {
      await listed({ client, signal }, `/api/v1/namespaces/${place.namespace}/secrets`, { labelSelector }, add);
    } catch (error) {
      troubleOf(error);
    }
  });
  return marks;
};

const releaseOf = ({ namespace, releaseName }: FleetPlace): string => `${namespace}/${releaseName ?? ""}`;

/** Namespace -> one text for the versions of all its pods, in the order of their names. */
const podMarks = async (glancing: Glancing, namespaces: readonly string[], isWide: boolean): Promise<Marks> => {
  const versions = new Map(namespaces.map((namespace) => [namespace, ""]));
  const add = (object: Json): void => {
    const at = text(object, "metadata", "namespace") ?? "";
    const before = versions.get(at);
    if (before !== undefined) versions.set(at, `${before}${versionOf(object)}\n`);
  };
  const troubles = new Map<string, KeyrollError>();
  if (!(isWide && (await across(glancing, pods, add)))) {
    // What a list that broke off has added belongs to no one.
    for (const namespace of namespaces) versions.set(namespace, "");
    await inTurns(namespaces, async (namespace) => {
      try {
        glancing.lists.push(await listed(glancing, `/api/v1/namespaces/${namespace}/pods`, {}, add));
      } catch (error) {
        troubles.set(namespace, troubleOf(error));
      }
    });
  }
  return new Map(
    [...versions].map(([namespace, all]) => [
      namespace,
      troubles.get(namespace) ?? hash("sha256", all, "base64url").slice(0, 22),
    ]),
  );
};

const once = async (
  host: GlanceHost,
  places: readonly FleetPlace[],
  signal: AbortSignal,
): Promise<{ readonly of: ReadonlyMap<string, Glance>; readonly lists: readonly Listed[] }> => {
  const glancing: Glancing = { ...host, signal, lists: [] };
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))];
  const isWide = namespaces.length > manyNamespaces;
  const secret = await secretMarks(glancing, places, isWide);
  const release = await releaseMarks(glancing, places, isWide);
  const pod = await podMarks(glancing, namespaces, isWide);
  const glanceOf = (place: FleetPlace): Glance => {
    const { namespace, secretName } = place;
    const [its, others] = [secret.get(`${namespace}/${secretName}`) ?? "-", pod.get(namespace) ?? "-"];
    if (typeof its !== "string") return { trouble: its };
    if (typeof others !== "string") return { trouble: others };
    return { deployed: `${its}${release.get(releaseOf(place)) ?? ""}`, pods: others };
  };
  return { of: new Map(places.map((place) => [place.environmentId, glanceOf(place)])), lists: glancing.lists };
};

/** Whether anything moved, for all the places of a cluster: metadata only, and nothing of it is kept. */
export const glance = async (
  host: GlanceHost,
  places: readonly FleetPlace[],
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof once>>> => {
  try {
    return await once(host, places, signal);
  } catch (error) {
    // The first page was forgotten before the last one was asked for.
    if (error instanceof KubeGone) return await once(host, places, signal);
    throw error;
  }
};
