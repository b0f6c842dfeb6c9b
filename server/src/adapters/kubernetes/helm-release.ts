import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { KeyrollError } from "@keyroll/contract/errors";
import { stringify } from "yaml";
import type { InstalledRelease } from "../../ports/clusters.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, list, number, text, type Json } from "./json.ts";

/** Bytes of a release once unpacked; Helm keeps at most 1 MiB packed. */
const mostUnpacked = 64 * 1024 * 1024;

export interface ReleaseName {
  readonly name: string;
  readonly revision: number;
  readonly status: string;
}

const nameOf = (secret: Json): ReleaseName => ({
  name: text(secret, "metadata", "labels", "name") ?? "",
  revision: Number(text(secret, "metadata", "labels", "version") ?? 0),
  status: text(secret, "metadata", "labels", "status") ?? "unknown",
});

/** The newest revision of each release in a namespace, by the labels of the Secrets in which Helm keeps them. */
export const releasesIn = async (client: KubeClient, namespace: string, name?: string): Promise<ReleaseName[]> => {
  const secrets = await client.list(`/api/v1/namespaces/${namespace}/secrets`, {
    query: { labelSelector: name === undefined ? "owner=helm" : `owner=helm,name=${name}` },
    metadataOnly: true,
  });
  const newest = new Map<string, ReleaseName>();
  for (const one of secrets.map(nameOf))
    if ((newest.get(one.name)?.revision ?? 0) < one.revision) newest.set(one.name, one);
  return [...newest.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

const broken = (name: string): KeyrollError =>
  new KeyrollError("integrity", `The release ${name} cannot be read as Helm keeps it.`, {
    field: "release",
    next: "Push the chart itself (`keyroll release push`), and save its values.",
    changed: false,
  });

const unpack = (name: string, secret: Json): unknown => {
  const packed = Buffer.from(text(secret, "data", "release") ?? "", "base64").toString("latin1");
  try {
    return JSON.parse(gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: mostUnpacked }).toString("utf8"));
  } catch {
    throw broken(name);
  }
};

/** The chart's files: Helm keeps templates and files as they were, and the rest as it has read them. */
const filesOf = (chart: Json): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>();
  for (const file of [...list(chart, "templates"), ...list(chart, "files")]) {
    const path = text(file, "name");
    if (path !== null) files.set(path, new Uint8Array(Buffer.from(text(file, "data") ?? "", "base64")));
  }
  const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
  files.set("Chart.yaml", bytes(stringify(at(chart, "metadata"))));
  const values = at(chart, "values");
  if (isJson(values) && Object.keys(values).length > 0) files.set("values.yaml", bytes(stringify(values)));
  const schema = text(chart, "schema");
  if (schema !== null && schema !== "") files.set("values.schema.json", new Uint8Array(Buffer.from(schema, "base64")));
  return files;
};

/**
 * The newest revision of a release with its chart and values.
 * @throws {KeyrollError} `not_found`, `integrity`; the client's own.
 */
export const readRelease = async (client: KubeClient, namespace: string, name: string): Promise<InstalledRelease> => {
  const [newest] = await releasesIn(client, namespace, name);
  const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${newest?.revision ?? 0}`;
  const secret = newest === undefined ? null : await client.find(path);
  if (newest === undefined || secret === null) {
    const others = (await releasesIn(client, namespace)).map((one) => one.name);
    throw new KeyrollError("not_found", `There is no release ${name} in the namespace ${namespace}.`, {
      field: "release",
      next:
        others.length === 0
          ? "Helm keeps none there (in Secrets, as it does when nobody says otherwise)."
          : `Helm keeps there: ${others.slice(0, 10).join(", ")}.`,
      changed: false,
    });
  }
  const chart = at(unpack(name, secret), "chart");
  const config = at(unpack(name, secret), "config");
  const [chartName, version] = [text(chart, "metadata", "name"), text(chart, "metadata", "version")];
  if (!isJson(chart) || chartName === null || version === null) throw broken(name);
  return {
    name,
    revision: number(newest, "revision") ?? 0,
    status: newest.status,
    chart: chartName,
    version,
    dependencies: list(chart, "metadata", "dependencies").flatMap((one) => text(one, "name") ?? []),
    files: filesOf(chart),
    values: isJson(config) && Object.keys(config).length > 0 ? stringify(config) : "",
  };
};
