import { createHash } from "node:crypto";
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
  readonly plural: "pods" | "secrets";
  readonly labelSelector: string | null;
}
const secrets: Kind = { plural: "secrets", labelSelector: `${managedBy}=keyroll` };
const pods: Kind = { plural: "pods", labelSelector: null };

/** Which lists across namespaces an identity was refused, and when. */
export type Refusals = Map<Kind["plural"], number>;

export interface GlanceHost {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/** A list, and where it stood: a watch can go on from there. */
export interface Listed {
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

/** Each object of a list, page by page: none is kept. */
const listed = async (
  { client, signal, lists }: Glancing,
  path: string,
  query: Readonly<Record<string, string>>,
  each: (object: Json) => void,
): Promise<void> => {
  let from = "";
  const sending = { query: { ...query, limit: String(pageSize) }, metadataOnly: true, each, signal };
  for await (const { resourceVersion } of client.pages(path, sending)) from = resourceVersion;
  lists.push({ path, query, from });
};

/** Each object of a list across namespaces. False: it is refused. */
const across = async (
  glancing: Glancing,
  { plural, labelSelector }: Kind,
  each: (object: Json) => void,
): Promise<boolean> => {
  const { clock, refusals } = glancing;
  if ((refusals.get(plural) ?? -refusedFor) + refusedFor > clock.now()) return false;
  try {
    await listed(glancing, `/api/v1/${plural}`, labelSelector === null ? {} : { labelSelector }, each);
    refusals.delete(plural);
    return true;
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
    refusals.set(plural, clock.now());
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

/** Namespace -> one text for the versions of all its pods, in the order of their names. */
const podMarks = async (glancing: Glancing, namespaces: readonly string[], isWide: boolean): Promise<Marks> => {
  const hashes = new Map(namespaces.map((namespace) => [namespace, createHash("sha256")]));
  const add = (object: Json): void => {
    hashes.get(text(object, "metadata", "namespace") ?? "")?.update(`${versionOf(object)}\n`);
  };
  const troubles = new Map<string, KeyrollError>();
  if (!(isWide && (await across(glancing, pods, add)))) {
    // What a list that broke off has added belongs to no one.
    for (const namespace of namespaces) hashes.set(namespace, createHash("sha256"));
    await inTurns(namespaces, async (namespace) => {
      try {
        await listed(glancing, `/api/v1/namespaces/${namespace}/pods`, {}, add);
      } catch (error) {
        troubles.set(namespace, troubleOf(error));
      }
    });
  }
  return new Map(
    [...hashes].map(([namespace, hash]) => [
      namespace,
      troubles.get(namespace) ?? hash.digest("base64url").slice(0, 22),
    ]),
  );
};

const once = async (
  host: GlanceHost,
  places: readonly FleetPlace[],
  signal: AbortSignal,
): Promise<{ readonly of: ReadonlyMap<string, Glance>; readonly lists: readonly Listed[] }> => {
  const glancing = { ...host, signal, lists: [] };
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))];
  const isWide = namespaces.length > manyNamespaces;
  const secret = await secretMarks(glancing, places, isWide);
  const pod = await podMarks(glancing, namespaces, isWide);
  const glanceOf = ({ namespace, secretName }: FleetPlace): Glance => {
    const [its, others] = [secret.get(`${namespace}/${secretName}`) ?? "-", pod.get(namespace) ?? "-"];
    if (typeof its !== "string") return { trouble: its };
    return typeof others === "string" ? { mark: `${its}/${others}` } : { trouble: others };
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
