import { createHash } from "node:crypto";

/** What a list shows of one version of the head secret. Without a value. */
export interface Version {
  readonly id: string;
  /** When the service received it, in whole seconds. Epoch milliseconds of its clock. */
  readonly at: number;
  readonly enabled: boolean;
  /** What it is, by Keyroll's tags; null: somebody else made it. */
  readonly facts: VersionFacts | null;
}

export interface VersionFacts {
  readonly environment: string;
  readonly revision: number;
  /** Id of the version that it was made on; `none` for the first. */
  readonly parent: string;
  readonly parts: number;
  /** When its writer wrote it. Epoch milliseconds. */
  readonly saved: number;
  readonly destroyed: boolean;
}

export const noParent = "none";

/** The tags of a head version (at most 15, of 256 characters). */
export const tagsOf = (facts: VersionFacts, txn: string): Readonly<Record<string, string>> => ({
  "keyroll-environment": facts.environment,
  "keyroll-revision": String(facts.revision),
  "keyroll-parent": facts.parent,
  "keyroll-transaction": txn.slice(0, 256),
  "keyroll-parts": String(facts.parts),
  "keyroll-saved": String(facts.saved),
  "keyroll-destroyed": String(facts.destroyed),
});

export const factsOf = (tags: unknown): VersionFacts | null => {
  const given = (tags ?? {}) as Readonly<Record<string, string>>;
  const { "keyroll-environment": environment, "keyroll-revision": revision, "keyroll-parent": parent } = given;
  if (environment === undefined || parent === undefined || !/^\d{1,9}$/u.test(revision ?? "")) return null;
  return {
    environment,
    revision: Number(revision),
    parent,
    parts: Number(given["keyroll-parts"]) || 0,
    saved: Number(given["keyroll-saved"]) || 0,
    destroyed: given["keyroll-destroyed"] === "true",
  };
};

/** Of those made on the same version, the one that the service received first; within its second, by id. */
const isBefore = (a: Version, b: Version): boolean => a.at < b.at || (a.at === b.at && a.id < b.id);

/** The versions that count, newest first: each is the first that was made on the one before. */
export const chainOf = (versions: readonly Version[]): readonly (Version & { readonly facts: VersionFacts })[] => {
  const first = new Map<string, Version & { facts: VersionFacts }>();
  for (const version of versions) {
    const { facts } = version;
    if (facts === null) continue;
    const rival = first.get(facts.parent);
    if (rival === undefined || isBefore(version, rival)) first.set(facts.parent, { ...version, facts });
  }
  const chain: (Version & { facts: VersionFacts })[] = [];
  for (let at = first.get(noParent); at !== undefined; at = first.get(at.id)) chain.unshift(at);
  return chain;
};

/** Key Vault knows letters of one case, digits and hyphens: a readable beginning, and a hash that tells names apart. */
export const nameOf = (prefix: string, app: string, environment: string): string => {
  const slug = `${prefix}-${app}-${environment}`.toLowerCase().slice(0, 80);
  const hash = createHash("sha256")
    .update(JSON.stringify([prefix.toLowerCase(), app, environment]))
    .digest("hex");
  return `kr-${slug}-${hash.slice(0, 8)}`;
};

export const partName = (name: string, revision: number, part: number): string => `${name}-p-${revision}-${part}`;
