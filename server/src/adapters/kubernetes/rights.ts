import { KeyrollError } from "@keyroll/contract/errors";
import type { MissingRight, RenderedObject, Rights, UnknownKind } from "../../ports/rendered.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, list, text } from "./json.ts";

export interface Right {
  readonly namespace: string | null;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
}

/** Whether the client's own identity may do it. */
export const isAllowed = async (
  client: KubeClient,
  { namespace, ...right }: Right,
  signal?: AbortSignal,
): Promise<boolean> => {
  const answer = await client.create(
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { ...right, ...(namespace === null ? {} : { namespace }) } },
    },
    { signal },
  );
  return at(answer, "status", "allowed") === true;
};

/** What Helm needs to bring an object there, and to change it. */
const verbs = ["create", "patch"] as const;
/** A role may name its objects; of more than so many of one kind it is not asked one by one. */
const mostNames = 20;

interface Resource {
  readonly resource: string;
  readonly namespaced: boolean;
}

/** Rights that were found, and kinds: what is known is not asked for again. */
export interface KnownRights {
  readonly allowed: Set<string>;
  readonly resources: Map<string, Resource>;
}
export const nothingKnown = (): KnownRights => ({ allowed: new Set(), resources: new Map() });

interface Asking {
  readonly client: KubeClient;
  /** Of objects that name none. */
  readonly namespace: string;
  readonly known: KnownRights;
  readonly signal: AbortSignal;
}

/** The objects of one kind in one namespace. */
interface Group {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly names: string[];
}

const kindKey = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion} ${kind}`;

/**
 * What the client's identity, Helm's, lacks to create and change these objects. Asked kind by kind, all at once; changes
 * nothing.
 */
export const missingRights = async (objects: readonly RenderedObject[], asking: Asking): Promise<Rights> => {
  const groups = [...groupsOf(objects, asking.namespace)];
  await learn([...new Set(groups.map(({ apiVersion }) => apiVersion))], groups, asking);
  const own = ownKinds(objects);
  const unknown = new Map<string, UnknownKind>();
  const found = await Promise.all(
    groups.map(async (group): Promise<MissingRight[]> => {
      const { apiVersion, kind } = group;
      const resource = asking.known.resources.get(kindKey(group));
      if (resource !== undefined) return await lackingIn(group, resource, asking);
      const isOwn = own.has(`${apiVersion.split("/")[0]} ${kind}`);
      unknown.set(kindKey(group), { apiVersion, kind, name: group.names[0] ?? "", isOwn });
      return [];
    }),
  );
  const missing = found.flat();
  return { missing, unknown: [...unknown.values()], who: missing.length === 0 ? null : await whoIs(asking) };
};

const groupsOf = (objects: readonly RenderedObject[], namespace: string): Iterable<Group> => {
  const groups = new Map<string, Group>();
  for (const { apiVersion, kind, name, namespace: own } of objects) {
    const where = own ?? namespace;
    const key = `${apiVersion} ${kind} ${where}`;
    const group = groups.get(key) ?? { apiVersion, kind, namespace: where, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return groups.values();
};

/** Under which name the cluster keeps each kind. */
const learn = async (
  versions: readonly string[],
  groups: readonly Group[],
  { client, known, signal }: Asking,
): Promise<void> => {
  const isNew = (version: string): boolean =>
    groups.some((group) => group.apiVersion === version && !known.resources.has(kindKey(group)));
  await Promise.all(
    versions.filter(isNew).map(async (apiVersion) => {
      const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const answer = await orNull(client.find(path, { signal }));
      for (const one of list(answer, "resources").filter(isJson)) {
        const [resource, kind] = [text(one, "name"), text(one, "kind")];
        // `deployments/scale` is a part of something.
        if (resource === null || kind === null || resource.includes("/")) continue;
        known.resources.set(kindKey({ apiVersion, kind }), { resource, namespaced: one["namespaced"] === true });
      }
    }),
  );
};

/** Kinds for which the release brings the definition itself: group and kind. */
const ownKinds = (objects: readonly RenderedObject[]): ReadonlySet<string> =>
  new Set(
    objects
      .filter(({ kind }) => kind === "CustomResourceDefinition")
      .map(({ body }) => `${text(body, "spec", "group") ?? ""} ${text(body, "spec", "names", "kind") ?? ""}`),
  );

const lackingIn = async (
  { apiVersion, kind, namespace, names }: Group,
  { resource, namespaced }: Resource,
  { client, known, signal }: Asking,
): Promise<MissingRight[]> => {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  const where = namespaced ? namespace : null;
  const may = async (verb: string, name?: string): Promise<boolean> =>
    await isAllowed(
      client,
      { namespace: where, verb, group, resource, ...(name === undefined ? {} : { name }) },
      signal,
    );
  const lacks = async (verb: string): Promise<boolean> => {
    const key = [verb, group, resource, where].join(" ");
    if (known.allowed.has(key)) return false;
    const isFree = await may(verb);
    if (isFree) known.allowed.add(key);
    if (isFree || names.length > mostNames) return !isFree;
    const each = await Promise.all(names.map(async (name) => await may(verb, name)));
    return each.includes(false);
  };
  const base = `${apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`}${where === null ? "" : `/namespaces/${where}`}`;
  const isThere = async (name: string): Promise<boolean> =>
    (await orNull(client.find(`${base}/${resource}/${name}`, { signal }))) !== null;
  const lacking = await Promise.all(verbs.map(async (verb) => ((await lacks(verb)) ? [verb] : [])));
  const all = lacking.flat();
  // What somebody with more rights has brought there need not be created.
  const needsCreate =
    !all.includes("create") || names.length > mostNames || (await Promise.all(names.map(isThere))).includes(false);
  const found = needsCreate ? all : all.filter((verb) => verb !== "create");
  return found.length === 0 ? [] : [{ verbs: found, group, resource, kind, namespace: where, name: names[0] ?? "" }];
};

/** By which name the cluster knows the identity; null: it does not say. */
const whoIs = async ({ client, signal }: Asking): Promise<string | null> => {
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  return text(await orNull(client.create(path, review, { signal })), "status", "userInfo", "username");
};

/** Null where the cluster does not know it, or does not tell. */
const orNull = async <T>(call: Promise<T>): Promise<T | null> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KeyrollError && ["not_found", "provider_denied"].includes(error.code)) return null;
    throw error;
  }
};
