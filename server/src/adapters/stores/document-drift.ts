import { KeyrollError } from "@keyroll/contract/errors";
import type { Drift, RevisionInfo } from "../../ports/secret-store.ts";
import { decode, isSamePair, type Document } from "./document.ts";

/**
 * What was changed in a document by hand: in a newest version that others wrote against the last one that Keyroll did,
 * and values that are not as large as they were when they were saved.
 */
export const driftOf = async (
  newest: Document,
  from: {
    readonly place: string;
    load(revision: number): Promise<Document | null>;
    /** The newest version below this one that Keyroll wrote. */
    lastSaved(below: number): Promise<Document | null>;
    list(): Promise<readonly RevisionInfo[]>;
  },
): Promise<readonly Drift[]> => {
  const isByHand = newest.madeFrom !== undefined;
  const before = isByHand ? await from.lastSaved(newest.revision) : null;
  const at = isByHand ? ((await from.list()).find(({ revision }) => revision === newest.revision)?.at ?? null) : null;
  const who = { at, by: null, ours: false };
  const drift: Drift[] = [];
  for (const [key, pair] of newest.keys) {
    const old = before?.keys.get(key);
    const broken = brokenIn(newest, key);
    if (broken === null && (!isByHand || isSamePair(old, pair))) continue;
    if (before !== null && old === undefined) {
      const message = `\`${key}\` was added to ${from.place} by hand.`;
      drift.push({ key, kind: "foreign", message, savedIn: null, ...who });
      continue;
    }
    const savedIn = savedWhere(key, isByHand ? before : await from.load(pair.revision));
    const message = broken ?? `\`${key}\` was changed in ${from.place} by hand.`;
    drift.push({ key, kind: "changed", message, savedIn, ...who });
  }
  for (const key of before?.keys.keys() ?? []) {
    if (newest.keys.has(key)) continue;
    const message = `\`${key}\` was removed from ${from.place} by hand.`;
    drift.push({ key, kind: "missing", message, savedIn: savedWhere(key, before), ...who });
  }
  return drift;
};

/** Why its value cannot be read; null: it can. */
const brokenIn = ({ keys }: Document, key: string): string | null => {
  const pair = keys.get(key);
  if (pair === undefined) return `\`${key}\` is not there.`;
  try {
    decode(key, pair);
    return null;
  } catch (error) {
    if (error instanceof KeyrollError) return error.message;
    throw error;
  }
};

const savedWhere = (key: string, document: Document | null): number | null =>
  document === null || brokenIn(document, key) !== null ? null : document.revision;
