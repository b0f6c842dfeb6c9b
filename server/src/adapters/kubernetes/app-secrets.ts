import { Buffer, isUtf8 } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Mirror } from "../../ports/target.ts";
import { Secret } from "../../ports/secret.ts";
import { KubeConflict } from "./answers.ts";
import type { KubeClient } from "./client.ts";
import { noNamespace } from "./no-namespace.ts";
import { at, isJson, list, text, time, type Json } from "./json.ts";
import { ownerOf } from "./owner.ts";

const manager = "keyroll";
export const managedBy = "app.kubernetes.io/managed-by";
/** A copy of the whole object, values and all, for everybody who may read metadata: `kubectl apply` makes it. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
export const marks = {
  environment: "keyroll.dev/environment",
  revision: "keyroll.dev/revision",
  digest: "keyroll.dev/digest",
  restart: "keyroll.dev/restart",
} as const;

export interface SecretAddress {
  readonly namespace: string;
  readonly name: string;
}

/** Where the Secret lies in the API. */
export const pathOf = ({ namespace, name }: SecretAddress): string => `/api/v1/namespaces/${namespace}/secrets/${name}`;

/** When the data was last written, by the API server's clock: the newest managedFields entry that owns data. */
const writtenAt = (secret: Json): number | null => {
  const times = list(secret, "metadata", "managedFields")
    .filter((entry) => isJson(at(entry, "fieldsV1", "f:data")))
    .map((entry) => time(entry, "time") ?? 0);
  return times.length === 0 ? time(secret, "metadata", "creationTimestamp") : Math.max(...times);
};

const sealedBy = (secret: Json): string | null => {
  if (at(secret, "immutable") === true) return "immutable";
  const type = text(secret, "type") ?? "Opaque";
  return type === "Opaque" ? null : `of type ${type}`;
};

export const mirrorOf = (secret: Json, environmentId: string): Mirror => {
  const annotations = at(secret, "metadata", "annotations");
  const environment = text(annotations, marks.environment);
  const revision = Number(text(annotations, marks.revision) ?? Number.NaN);
  const ours = text(secret, "metadata", "labels", managedBy) === "keyroll" && environment === environmentId;
  const data = at(secret, "data");
  return {
    exists: true,
    ours,
    environment,
    revision: Number.isInteger(revision) ? revision : null,
    uid: text(secret, "metadata", "uid"),
    resourceVersion: text(secret, "metadata", "resourceVersion"),
    keys: isJson(data) ? Object.keys(data).toSorted() : [],
    owner: ours ? null : ownerOf(secret),
    sealed: sealedBy(secret),
    copiedIn: text(annotations, lastApplied) === null ? null : lastApplied,
    writtenAt: writtenAt(secret),
  };
};

const absent: Mirror = {
  exists: false,
  ours: false,
  environment: null,
  revision: null,
  uid: null,
  resourceVersion: null,
  keys: null,
  owner: null,
  sealed: null,
  copiedIn: null,
  writtenAt: null,
};

/** What the Secret is now; its values are dropped at once. */
export const readMirror = async (
  client: KubeClient,
  address: SecretAddress,
  environmentId: string,
): Promise<Mirror> => {
  const secret = await client.find(pathOf(address));
  return secret === null ? absent : mirrorOf(secret, environmentId);
};

/** The same from its metadata alone, for which no value leaves the cluster: `keys` is not told. */
export const readMarks = async (
  client: KubeClient,
  address: SecretAddress,
  environmentId: string,
  signal?: AbortSignal,
): Promise<Mirror> => {
  const secret = await client.find(pathOf(address), { metadataOnly: true, signal });
  return secret === null ? absent : { ...mirrorOf(secret, environmentId), keys: null };
};

/** Values of the Secret, of these keys. Null: it is not there, or not ours. */
export const readValues = async (
  client: KubeClient,
  address: SecretAddress,
  environmentId: string,
  keys: readonly { readonly key: string; readonly binary: boolean | "as-found" }[],
): Promise<ReadonlyMap<string, Secret> | null> => {
  const secret = await client.find(pathOf(address));
  if (secret === null || !mirrorOf(secret, environmentId).ours) return null;
  const data = at(secret, "data");
  return new Map(
    keys.flatMap(({ key, binary }): [string, Secret][] => {
      const value = isJson(data) && Object.hasOwn(data, key) ? data[key] : undefined;
      if (typeof value !== "string") return [];
      const bytes = new Uint8Array(Buffer.from(value, "base64"));
      return [[key, new Secret(bytes, binary === "as-found" ? !isUtf8(bytes) || bytes.includes(0) : binary)]];
    }),
  );
};

export interface MirrorWrite {
  readonly environmentId: string;
  /** resourceVersion that was seen, or "absent". */
  readonly expect: string;
  readonly revision: number;
  readonly pairs: ReadonlyMap<string, Secret>;
  readonly adopt: boolean;
  /** The mark that vouches for the content; null: there is nobody to make it, or nothing to vouch for. */
  readonly digest: string | null;
}

const encoded = (pairs: ReadonlyMap<string, Secret>): Record<string, string> =>
  Object.fromEntries([...pairs].map(([key, value]) => [key, Buffer.from(value.expose()).toString("base64")]));

const sameData = (secret: Json, data: Readonly<Record<string, string>>): boolean => {
  const found = at(secret, "data");
  const has = isJson(found) ? found : {};
  const keys = Object.keys(data);
  return Object.keys(has).length === keys.length && keys.every((key) => has[key] === data[key]);
};

const bodyOf = (
  address: SecretAddress,
  write: MirrorWrite,
  data: Readonly<Record<string, string>>,
  before: Json | null,
): Json => {
  const labels = at(before, "metadata", "labels");
  const annotations = at(before, "metadata", "annotations");
  const kept = isJson(annotations)
    ? Object.entries(annotations).filter(([name]) => name !== lastApplied && name !== marks.digest)
    : [];
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name: address.name,
      namespace: address.namespace,
      labels: { ...(isJson(labels) ? labels : {}), [managedBy]: "keyroll" },
      annotations: {
        ...Object.fromEntries(kept),
        [marks.environment]: write.environmentId,
        [marks.revision]: String(write.revision),
        ...(write.digest === null ? {} : { [marks.digest]: write.digest }),
      },
      ...(before === null ? {} : { resourceVersion: write.expect }),
    },
    data,
  };
};

const raced = (): KeyrollError =>
  new KeyrollError(
    "foreign_secret",
    "The Secret was changed by somebody else while it was being written; nothing of this write was kept.",
    {
      next: "Deploy again: it looks anew.",
    },
  );

const refuse = (mirror: Mirror, write: MirrorWrite, address: SecretAddress): void => {
  if (mirror.sealed !== null) {
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} is ${mirror.sealed}: it cannot be written.`,
      { next: "Remove that Secret, then deploy again." },
    );
  }
  if (mirror.ours) return;
  if (mirror.owner !== null)
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} belongs to ${mirror.owner.name}.`,
      { next: mirror.owner.steps },
    );
  if (!write.adopt)
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} was not made by Keyroll.`,
      { next: "Deploy with --adopt to take it over." },
    );
};

/**
 * Makes the Secret. A role that names the one Secret cannot POST (the name is not known when the right is checked),
 * but may apply it under its own address (kubernetes/kubernetes#80295). An apply would join a Secret that appeared
 * meanwhile: then what was applied is withdrawn again.
 */
const make = async (client: KubeClient, address: SecretAddress, body: Json): Promise<void> => {
  try {
    await client.create(`/api/v1/namespaces/${address.namespace}/secrets`, body, { query: { fieldManager: manager } });
    return;
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    if (error.code === "not_found") throw noNamespace(address.namespace);
    if (error.code !== "provider_denied") throw error;
  }
  const query = { fieldManager: manager, force: "false" };
  const made = await client.patch(pathOf(address), body, "apply", { query });
  const others = list(made, "metadata", "managedFields").filter((entry) => text(entry, "manager") !== manager);
  if (others.length === 0) return;
  const nothing = { apiVersion: "v1", kind: "Secret", metadata: { name: address.name, namespace: address.namespace } };
  await client.patch(pathOf(address), nothing, "apply", { query });
  throw raced();
};

/**
 * Writes the whole content, compare-and-swap, and reads it back byte for byte. The same content and marks twice
 * are one write. A Secret that appears meanwhile is never overwritten.
 * @throws {KeyrollError} `foreign_secret`; the client's own.
 */
export const writeMirror = async (client: KubeClient, address: SecretAddress, write: MirrorWrite): Promise<Mirror> => {
  const data = encoded(write.pairs);
  const before = await client.find(pathOf(address));
  if (before !== null) {
    const mirror = mirrorOf(before, write.environmentId);
    refuse(mirror, write, address);
    // One that was written before there were digests stays as it is.
    const digest = text(before, "metadata", "annotations", marks.digest) ?? write.digest;
    const isMarked = mirror.ours && mirror.revision === write.revision && digest === write.digest;
    if (isMarked && mirror.copiedIn === null && sameData(before, data)) return mirror;
    if (mirror.resourceVersion !== write.expect) throw raced();
  } else if (write.expect !== "absent") throw raced();
  try {
    if (before === null) await make(client, address, bodyOf(address, write, data, null));
    else await client.put(pathOf(address), bodyOf(address, write, data, before), { query: { fieldManager: manager } });
  } catch (error) {
    if (error instanceof KubeConflict) throw raced();
    throw error;
  }
  const after = await client.get(pathOf(address));
  if (!sameData(after, data)) {
    throw new KeyrollError(
      "integrity",
      `The Secret ${address.namespace}/${address.name} was read back with other content than was written.`,
      { changed: true },
    );
  }
  return mirrorOf(after, write.environmentId);
};
