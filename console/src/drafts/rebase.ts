import {
  draftOf,
  touchesValue,
  withoutRow,
  withRow,
  type Draft,
  type Drafts,
  type Overlap,
  type SavedKeys,
} from "./draft.ts";

/** Whether the key that the draft is of is no longer saved: what is drafted of it has no place of its own. */
const isGone = ({ from }: Draft, saved: SavedKeys): boolean => from !== null && !saved.byKey.has(from);

const overlapOf = (draft: Draft, base: number, saved: SavedKeys): Overlap | null => {
  const theirs = (key: string, kind: Overlap["kind"]): Overlap | null => {
    const entry = saved.byKey.get(key);
    return entry !== undefined && entry.revision > base
      ? { kind, revision: entry.revision, by: entry.changedBy, at: entry.changedAt }
      : null;
  };
  if (isGone(draft, saved)) return { kind: "removed", revision: null, by: null, at: null };
  // Notes overlap with nothing, as long as there is a key to hold them.
  if (!touchesValue(draft)) return null;
  const changed = draft.from === null ? null : theirs(draft.from, "changed");
  return changed ?? (draft.from === draft.key ? null : theirs(draft.key, "added"));
};

/**
 * Puts drafts onto a newer list. Keys that nobody else touched go along silently; a key that was saved by somebody
 * else in the meantime gets an overlap, which blocks saving until it is decided. Drafts whose aim is reached
 * (removed here and there) fall away.
 */
export const rebase = (drafts: Drafts, saved: SavedKeys): Drafts => {
  if (saved.revision <= drafts.base) return drafts;
  const rows = new Map<string, Draft>();
  for (const draft of drafts.rows.values()) {
    if (draft.removed && isGone(draft, saved)) continue;
    const overlap = overlapOf(draft, drafts.base, saved);
    rows.set(draft.id, overlap === null ? draft : { ...draft, overlap });
  }
  return { ...drafts, base: saved.revision, rows };
};

/**
 * What was typed on an older list than the page has by now: a key that others saved since it was begun gets an overlap,
 * as a draft would have got that had been there before.
 */
export const sinceBegun = (before: Drafts, after: Drafts, begunAt: number, saved: SavedKeys): Drafts => {
  let marked = after;
  for (const draft of after.rows.values()) {
    if (draft === before.rows.get(draft.id) || draft.overlap !== null) continue;
    const overlap = overlapOf(draft, begunAt, saved);
    if (draft.removed && isGone(draft, saved)) marked = withoutRow(marked, draft.id);
    else if (overlap !== null) marked = withRow(marked, { ...draft, overlap });
  }
  return marked;
};

/** Marks what the server named in its refusal and the list cannot show: a key that others added and removed again. */
export const markOverlaps = (drafts: Drafts, keys: readonly string[]): Drafts => {
  let marked = drafts;
  for (const draft of drafts.rows.values()) {
    if (draft.overlap !== null || !keys.some((key) => key === draft.key || key === draft.from)) continue;
    marked = withRow(marked, { ...draft, overlap: { kind: "removed", revision: null, by: null, at: null } });
  }
  return marked;
};

/** Rows to decide about, in the order of their keys. */
export const overlaps = (drafts: Drafts): Draft[] =>
  [...drafts.rows.values()].filter(({ overlap }) => overlap !== null).toSorted((a, b) => (a.key < b.key ? -1 : 1));

/** Whether a saved key was to get a name that others gave a key of theirs. */
const isRenamedOnto = ({ from, key, overlap }: Draft, saved: SavedKeys): boolean =>
  overlap?.kind === "added" && from !== null && from !== key && saved.byKey.has(key);

/** Why mine cannot be kept, or null: what is left of a draft without a value needs the key that was there. */
export const whyNotMine = (draft: Draft, saved: SavedKeys): string | null => {
  if (isRenamedOnto(draft, saved))
    return `${draft.key} is a key of its own by now. Take theirs: yours stays ${draft.from}, with what else was changed here.`;
  if (!isGone(draft, saved) || draft.value !== null) return null;
  const what = draft.from === draft.key ? "what is said of it" : "its name";
  return `The key is gone, and only ${what} was changed here. Take theirs.`;
};

/**
 * Decides one overlap. Mine: it is saved over theirs, knowingly. Theirs: the draft goes (undo has it), or its new name alone where
 * only that is theirs.
 */
export const decide = (drafts: Drafts, id: string, whose: "mine" | "theirs", saved: SavedKeys): Drafts => {
  const draft = draftOf(drafts, id);
  if (draft === null || draft.overlap === null) return drafts;
  if (whose === "theirs" && isRenamedOnto(draft, saved) && draft.from !== null)
    return withRow(drafts, { ...draft, key: draft.from, overlap: null });
  if (whose === "theirs") return withoutRow(drafts, id);
  if (whyNotMine(draft, saved) !== null) return drafts;
  const mine: Draft = { ...draft, overlap: null };
  if (isGone(draft, saved)) {
    const fresh = `+${drafts.next}`;
    return withRow({ ...withoutRow(drafts, id), next: drafts.next + 1 }, { ...mine, id: fresh, from: null });
  }
  // What I added under their name is now a change of their key.
  if (draft.from === null && saved.byKey.has(draft.key))
    return withRow(withoutRow(drafts, id), { ...mine, id: draft.key, from: draft.key });
  return withRow(drafts, mine);
};
