import type { Value } from "@keyroll/pairs";
import type { Secret } from "../client.ts";

/** The saved keys of an environment as the server lists them; what is removed but still in the cluster is not among them. */
export interface SavedKeys {
  readonly revision: number;
  readonly byKey: ReadonlyMap<string, Secret>;
}

/** What is said of a key beside its value. What is absent stays as it is. */
export interface Meta {
  readonly note?: string | null;
  readonly url?: string | null;
  readonly rotateBy?: string | null;
  readonly visible?: boolean;
}

/** Somebody else saved the same key while this draft was open. */
export interface Overlap {
  readonly kind: "changed" | "added" | "removed";
  /** Null where the server's list no longer has the key. */
  readonly revision: number | null;
  readonly by: string | null;
  readonly at: number | null;
}

/** What is to become of one key. */
export interface Draft {
  /** Names the row through renames: the saved key, or `+1`, `+2` … for a new one (no key has a plus). */
  readonly id: string;
  /** The saved key that is changed; null: a new one. */
  readonly from: string | null;
  readonly key: string;
  /** Null: the value stays; of a new key: none is given yet. */
  readonly value: Value | null;
  readonly removed: boolean;
  readonly meta: Meta;
  readonly retiresOld: boolean;
  readonly overlap: Overlap | null;
}

/** All drafts of an environment, at one moment. Never changed; every edit makes new ones. */
export interface Drafts {
  /** Revision that they are based on: what the person could see. */
  readonly base: number;
  readonly rows: ReadonlyMap<string, Draft>;
  /** Risky names that are meant. */
  readonly confirmed: ReadonlySet<string>;
  /** Number of the next new row. */
  readonly next: number;
}

export const noDrafts: Drafts = { base: 0, rows: new Map(), confirmed: new Set(), next: 1 };

export const savedKeys = (list: { readonly revision: number; readonly secrets: readonly Secret[] }): SavedKeys => ({
  revision: list.revision,
  byKey: new Map(list.secrets.filter(({ state }) => state !== "removed").map((one) => [one.key, one])),
});

/** The draft of a saved key before anything is changed. */
const untouched = (key: string): Draft => ({
  id: key,
  from: key,
  key,
  value: null,
  removed: false,
  meta: {},
  retiresOld: false,
  overlap: null,
});

export const changesNothing = (draft: Draft): boolean =>
  draft.from === draft.key && draft.value === null && !draft.removed && Object.keys(draft.meta).length === 0;

/** Whether the draft writes or takes away a value or a name, not only what is said of it. */
export const touchesValue = (draft: Draft): boolean =>
  draft.removed || draft.value !== null || draft.from !== draft.key;

export const withRow = (drafts: Drafts, draft: Draft): Drafts => {
  const rows = new Map(drafts.rows);
  if (changesNothing(draft)) rows.delete(draft.id);
  else rows.set(draft.id, draft.value === null && !draft.removed ? { ...draft, retiresOld: false } : draft);
  return { ...drafts, rows };
};

export const withoutRow = (drafts: Drafts, id: string): Drafts => {
  const rows = new Map(drafts.rows);
  rows.delete(id);
  return { ...drafts, rows };
};

/** A row's draft, or the one that it would begin with; null: there is no such row. */
export const draftOf = (drafts: Drafts, id: string): Draft | null =>
  drafts.rows.get(id) ?? (id.startsWith("+") ? null : untouched(id));
