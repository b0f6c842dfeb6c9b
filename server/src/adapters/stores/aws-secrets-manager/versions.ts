import { createHash } from "node:crypto";

/**
 * What a version's id says. The id is the ClientRequestToken that we choose (32 to 64 characters), and the only thing
 * that a list of versions shows of each.
 */
export interface VersionFacts {
  readonly revision: number;
  /** Whether it only says that the values were destroyed. */
  readonly isGrave: boolean;
  /** Beginning of the hash of the id of the version that it was made on. */
  readonly parent: string;
}

const hash = (text: string, length: number): string => createHash("sha256").update(text).digest("hex").slice(0, length);

/**
 * An id for one attempt of one commit.
 * @param attempt what is its own: environment, transaction, time. Nothing of a value, since ids are no secret.
 */
export const versionId = (
  { revision, isGrave }: Pick<VersionFacts, "revision" | "isGrave">,
  parent: string | null,
  attempt: readonly (string | number)[],
): string =>
  [
    String(revision).padStart(8, "0"),
    isGrave ? "gone" : "live",
    hash(parent ?? "", 16),
    hash(JSON.stringify([parent, ...attempt]), 32),
  ].join("-");

/** @returns null for a version that Keyroll did not make. */
export const factsOf = (id: string): VersionFacts | null => {
  const found = /^(\d{8})-(live|gone)-([0-9a-f]{16})-[0-9a-f]{32}$/u.exec(id);
  if (found === null) return null;
  const [, revision, kind, parent = ""] = found;
  return { revision: Number(revision), isGrave: kind === "gone", parent };
};

/**
 * The versions that were committed, newest first: from the current one, each names the one before. Those of writers
 * who lost, or died before the label moved, are in the list and not in the chain.
 */
export const chainOf = <V extends { readonly id: string }>(
  versions: readonly V[],
  current: string,
): readonly (V & VersionFacts)[] => {
  const byHash = new Map(versions.map((version) => [hash(version.id, 16), version]));
  const chain: (V & VersionFacts)[] = [];
  for (let at = byHash.get(hash(current, 16)); at !== undefined;) {
    const facts = factsOf(at.id);
    const later = chain.at(-1);
    if (facts === null || (later !== undefined && facts.revision !== later.revision - 1)) break;
    chain.push({ ...at, ...facts });
    at = byHash.get(facts.parent);
  }
  return chain;
};

const tagName = "keyroll-dropped";
/** Longest value of a tag. */
const tagLength = 256;

/** The revisions that tags name as dropped: `keyroll-dropped` = `1-3 5`, and further tags when one is full. */
export const droppedIn = (tags: ReadonlyMap<string, string>): ReadonlySet<number> => {
  const dropped = new Set<number>();
  for (const [name, text] of tags) {
    if (!name.startsWith(tagName)) continue;
    for (const range of text.split(" ")) {
      const [from = 0, to = from] = range.split("-").map(Number);
      for (let revision = from; revision > 0 && revision <= to; revision++) dropped.add(revision);
    }
  }
  return dropped;
};

/** Tags for it, with those of before that are not needed any more left empty. */
export const tagsOf = (dropped: ReadonlySet<number>, before: ReadonlyMap<string, string>): Map<string, string> => {
  const ranges: [from: number, to: number][] = [];
  for (const revision of [...dropped].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === revision - 1) last[1] = revision;
    else ranges.push([revision, revision]);
  }
  const texts = [""];
  for (const [from, to] of ranges) {
    const range = from === to ? `${from}` : `${from}-${to}`;
    const text = `${texts.at(-1)} ${range}`.trim();
    if (text.length <= tagLength) texts[texts.length - 1] = text;
    else texts.push(range);
  }
  const tags = new Map([...before.keys()].filter((name) => name.startsWith(tagName)).map((name) => [name, ""]));
  for (const [index, text] of texts.entries()) tags.set(index === 0 ? tagName : `${tagName}-${index + 1}`, text);
  return tags;
};
