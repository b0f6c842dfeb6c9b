import type { ReleaseFacts } from "../../ports/target.ts";
import { text, time, type Json } from "../kubernetes/json.ts";
import type { Helm, HelmRelease } from "./helm.ts";

interface ReleaseRecord {
  readonly revision: number;
  readonly status: string;
  /** When Helm made it, by the API server's clock. */
  readonly at: number | null;
}

const versionOf = (secret: Json): number => Number(text(secret, "metadata", "labels", "version") ?? 0);

/**
 * The newest revision by the labels that Helm 3 and 4 put on the Secrets in which they keep releases; null: there is
 * none. One request without content, where a start of Helm takes longer than most of what is done around it.
 */
export const newestRecord = async ({
  client,
  namespace,
  name,
}: Pick<HelmRelease, "client" | "namespace" | "name">): Promise<ReleaseRecord | null> => {
  const secrets = await client.list(`/api/v1/namespaces/${namespace}/secrets`, {
    query: { labelSelector: `owner=helm,name=${name}` },
    metadataOnly: true,
  });
  const last = secrets.toSorted((a, b) => versionOf(b) - versionOf(a))[0];
  if (last === undefined) return null;
  return {
    revision: versionOf(last),
    status: text(last, "metadata", "labels", "status") ?? "",
    at: time(last, "metadata", "creationTimestamp"),
  };
};

/** What Helm has now. Helm is started for its words only when that is none of the known revisions. */
export const lookAtRelease = async (
  helm: Helm,
  release: HelmRelease,
  known: readonly number[],
): Promise<ReleaseFacts> => {
  const record = await newestRecord(release);
  const nothing = { description: null, chart: null };
  if (record === null || record.status === "uninstalled")
    return { ...nothing, revision: null, status: record?.status ?? null, at: null };
  if (known.includes(record.revision)) return { ...nothing, ...record };
  const newest = await helm.newest(release);
  if (newest === null) return { ...nothing, revision: null, status: null, at: null };
  return { ...newest, at: newest.revision === record.revision ? record.at : null };
};
