import type { Value } from "@keyroll/pairs";
import type { Secret } from "../client.ts";
import { draftOf, withoutRow, withRow, type Draft, type Drafts, type Meta } from "./draft.ts";

/** Each edit takes drafts and gives new ones; an id that is not there changes nothing. */
const edit = (drafts: Drafts, id: string, change: (draft: Draft) => Draft): Drafts => {
  const draft = draftOf(drafts, id);
  return draft === null ? drafts : withRow(drafts, change(draft));
};

/** A new key; `value` null: it gets one later. */
export const addKey = (drafts: Drafts, key: string, value: Value | null, meta: Meta = {}): Drafts => {
  const id = `+${drafts.next}`;
  const draft: Draft = { id, from: null, key, value, removed: false, meta, retiresOld: false, overlap: null };
  return { ...drafts, rows: new Map(drafts.rows).set(id, draft), next: drafts.next + 1 };
};

/** A value for a row; a key that was to be removed stays after all. */
export const setValue = (drafts: Drafts, id: string, value: Value): Drafts =>
  edit(drafts, id, (draft) => ({ ...draft, value, removed: false }));

/** Takes the new value back; the saved one stays. */
export const keepValue = (drafts: Drafts, id: string): Drafts =>
  edit(drafts, id, (draft) => ({ ...draft, value: draft.from === null ? draft.value : null }));

/** Another name; that others took the one before matters no more. */
export const renameKey = (drafts: Drafts, id: string, key: string): Drafts =>
  edit(drafts, id, (draft) => ({
    ...draft,
    key,
    overlap: draft.overlap?.kind === "added" && key !== draft.key ? null : draft.overlap,
  }));

/** Marks a saved key as removed; a new one is gone at once. What was typed for it is given up (undo has it). */
export const removeKey = (drafts: Drafts, id: string): Drafts => {
  const draft = draftOf(drafts, id);
  if (draft === null) return drafts;
  if (draft.from === null) return withoutRow(drafts, id);
  return withRow(drafts, { ...draft, key: draft.from, value: null, meta: {}, removed: true });
};

/** Gives up everything that is changed in one row. */
export const discardRow = (drafts: Drafts, id: string): Drafts => withoutRow(drafts, id);

const isSame = (saved: Secret | undefined, name: keyof Meta, value: Meta[keyof Meta]): boolean =>
  saved !== undefined && saved[name] === value;

/** Note, link, rotate-by date, visibility; what equals the saved is no change. */
export const describe = (drafts: Drafts, id: string, meta: Meta, saved: Secret | undefined): Drafts =>
  edit(drafts, id, (draft) => {
    const all = { ...draft.meta, ...meta };
    const names = ["note", "url", "rotateBy", "visible"] as const;
    const differs = names.filter((name) => all[name] !== undefined && !isSame(saved, name, all[name]));
    return { ...draft, meta: Object.fromEntries(differs.map((name) => [name, all[name]])) };
  });

/** "The old value no longer works": undo and restore must not bring it back. */
export const retire = (drafts: Drafts, id: string, retiresOld: boolean): Drafts =>
  edit(drafts, id, (draft) => ({ ...draft, retiresOld }));

/** A risky name is meant, or not. */
export const confirm = (drafts: Drafts, key: string, isMeant: boolean): Drafts => {
  const confirmed = new Set(drafts.confirmed);
  if (isMeant) confirmed.add(key);
  else confirmed.delete(key);
  return { ...drafts, confirmed };
};
