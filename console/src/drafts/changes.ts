import { valueFacts, type ChangeSet, type Value } from "@keyroll/pairs";
import type { BodyOf, Routes } from "@keyroll/contract";
import { touchesValue, type Draft, type Drafts, type Meta, type SavedKeys } from "./draft.ts";

export type ChangeBody = BodyOf<Routes["secrets.change"]>;

/** Drafts that can be saved: named, and with a value where there is none yet. */
export const isComplete = ({ key, from, value }: Draft): boolean => key !== "" && (from !== null || value !== null);

/** The drafts as one change set. A rename with a new value is a removal and a new key: the API takes no both. */
export const changeSetOf = (drafts: Drafts): ChangeSet => {
  const set = new Map<string, Value>();
  const remove = new Set<string>();
  const rename = new Map<string, string>();
  const retiresOld = new Set<string>();
  for (const draft of drafts.rows.values()) {
    const { from, key, value, removed } = draft;
    if (!isComplete(draft)) continue;
    if (removed) {
      if (from !== null) remove.add(from);
    } else if (value !== null) {
      set.set(key, value);
      if (from !== null && from !== key) remove.add(from);
    } else if (from !== null && from !== key) rename.set(from, key);
    if (draft.retiresOld && from !== null) retiresOld.add(from);
  }
  // A new value under a name that another row gives up: the new value is what counts.
  for (const key of set.keys()) remove.delete(key);
  return { set, remove, rename, retiresOld };
};

/** What is said of a key lies under its name: a renamed key takes it along. */
const metaOf = (draft: Draft, saved: SavedKeys): Meta => {
  const old = draft.from === null || draft.from === draft.key ? undefined : saved.byKey.get(draft.from);
  if (old === undefined) return draft.meta;
  const { note, url, rotateBy, visible } = old;
  return {
    ...(note === null ? {} : { note }),
    ...(url === null ? {} : { url }),
    ...(rotateBy === null ? {} : { rotateBy }),
    ...(visible ? { visible } : {}),
    ...draft.meta,
  };
};

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const jsonOf = (value: Value): string | { base64: string } =>
  typeof value === "string" ? value : { base64: toBase64(value) };

/** The body of the save. */
export const bodyOf = (drafts: Drafts, saved: SavedKeys, message: string): ChangeBody => {
  const { set, remove, rename, retiresOld } = changeSetOf(drafts);
  const described = [...drafts.rows.values()].filter((draft) => !draft.removed && isComplete(draft));
  const meta = described
    .map((draft) => [draft.key, metaOf(draft, saved)] as const)
    .filter(([, given]) => Object.keys(given).length > 0);
  const text = message.trim();
  return {
    set: Object.fromEntries([...set].map(([key, value]) => [key, jsonOf(value)])),
    remove: [...remove],
    rename: Object.fromEntries(rename),
    meta: Object.fromEntries(meta),
    retiresOld: [...retiresOld],
    confirmRisky: [...drafts.confirmed],
    ...(text === "" ? {} : { message: text }),
  };
};

/** Size and kind: what may be shown of a value. */
interface Size {
  readonly bytes: number;
  readonly lines: number;
  readonly binary: boolean;
}

/** One line of the review. */
export interface Change {
  readonly id: string;
  readonly kind: "added" | "changed" | "renamed" | "removed" | "described";
  readonly key: string;
  readonly from: string | null;
  readonly before: Size | null;
  /** Null: the value stays, or goes. */
  readonly after: Size | null;
  readonly retiresOld: boolean;
  readonly meta: Meta;
}

const kindOf = (draft: Draft): Change["kind"] => {
  if (draft.removed) return "removed";
  if (draft.from === null) return "added";
  if (draft.from !== draft.key) return "renamed";
  return touchesValue(draft) ? "changed" : "described";
};

/** What would be saved, by key. */
export const changesOf = (drafts: Drafts, saved: SavedKeys): Change[] =>
  [...drafts.rows.values()]
    .map((draft): Change => {
      const before = draft.from === null ? undefined : saved.byKey.get(draft.from);
      return {
        id: draft.id,
        kind: kindOf(draft),
        key: draft.key,
        from: draft.from,
        before: before === undefined ? null : { bytes: before.bytes, lines: before.lines, binary: before.binary },
        after: draft.value === null ? null : valueFacts(draft.value),
        retiresOld: draft.retiresOld,
        meta: draft.meta,
      };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));

/** "1 draft added · 2 changed", or "" without drafts. */
export const sentenceOf = (changes: readonly Pick<Change, "kind">[]): string => {
  const kinds = ["added", "changed", "renamed", "removed", "described"] as const;
  return kinds
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count], at) => `${count} ${at === 0 ? `draft${count === 1 ? "" : "s"} ` : ""}${kind}`)
    .join(" · ");
};
