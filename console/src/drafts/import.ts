import {
  readPairs,
  sameValue,
  sniffFormat,
  type LineError,
  type Notice,
  type PairsFormat,
  type Value,
} from "@keyroll/pairs";
import { draftOf, withRow, type Drafts, type SavedKeys } from "./draft.ts";
import { addKey, removeKey, setValue } from "./edit.ts";
import { isGoodNote, valueNotes } from "./value-notes.ts";

/** One pair of the text, and what it would do here. */
export interface ImportRow {
  readonly key: string;
  readonly value: Value;
  /** 0 where the format knows none. */
  readonly line: number;
  readonly bytes: number;
  readonly lines: number;
  /** What the parser changed or doubts, and what nobody sees in the value. */
  readonly notices: readonly Notice[];
  /**
   * `same` and `changed` are said only where that is known here: another size, a visible value, a draft, or values
   * that were asked for to compare. `set` is a key that exists with a value of the same size.
   */
  readonly status: "new" | "changed" | "same" | "set";
}

export interface ImportPreview {
  readonly format: PairsFormat;
  readonly rows: readonly ImportRow[];
  readonly errors: readonly LineError[];
  /** What was done to the whole text. */
  readonly notices: readonly Notice[];
  /** Keys that are here and not in the text: "replace" would remove them. */
  readonly missing: readonly string[];
}

type Known = ReadonlyMap<string, Value>;

/** Draft of a name, wherever the row came from. */
const draftNamed = (drafts: Drafts, key: string) =>
  [...drafts.rows.values()].find((draft) => draft.key === key && !draft.removed);

const statusOf = (key: string, value: Value, drafts: Drafts, saved: SavedKeys, known: Known): ImportRow["status"] => {
  const draft = draftNamed(drafts, key);
  if (draft !== undefined && draft.value !== null) return sameValue(draft.value, value) ? "same" : "changed";
  const entry = saved.byKey.get(key);
  if (entry === undefined) return "new";
  if (drafts.rows.get(key)?.removed === true) return "changed";
  const old = known.get(key) ?? entry.value;
  if (old !== null) return sameValue(old, value) ? "same" : "changed";
  const bytes = typeof value === "string" ? new TextEncoder().encode(value).byteLength : value.byteLength;
  return bytes === entry.bytes ? "set" : "changed";
};

const wholeText = (text: string): Notice[] => [
  ...(text.startsWith("\uFEFF") ? [{ id: "bom", message: "the byte order mark at the beginning was dropped" }] : []),
  ...(text.includes("\r\n") ? [{ id: "crlf", message: "line ends of Windows (CRLF) were read as simple ones" }] : []),
];

const doubts = (value: Value, given: readonly Notice[]): Notice[] => {
  const said = new Set(given.map(({ id }) => id));
  return valueNotes(value).filter((note) => !isGoodNote(note) && !said.has(note.id));
};

/**
 * Reads pairs out of text and tells what they would do to what is saved and drafted. Pure: nothing is sent anywhere.
 *
 * @param yaml parser for YAML text, which is not loaded before it is needed
 * @param known values that were asked for, to tell `same` from `changed`
 */
export const previewImport = (
  text: string,
  options: {
    readonly format?: PairsFormat | undefined;
    readonly yaml: (text: string) => unknown;
    readonly drafts: Drafts;
    readonly saved: SavedKeys;
    readonly known?: Known;
  },
): ImportPreview => {
  const { drafts, saved, known = new Map<string, Value>() } = options;
  const format = options.format ?? sniffFormat(text);
  const read = readPairs(text, { format, yaml: options.yaml });
  const rows = read.entries.map(({ key, value, line, bytes, lines, notices }): ImportRow => ({
    key,
    value,
    line,
    bytes,
    lines,
    notices: [...notices, ...doubts(value, notices)],
    status: statusOf(key, value, drafts, saved, known),
  }));
  const given = new Set(rows.map(({ key }) => key));
  const here = new Set([...saved.byKey.keys()].filter((key) => drafts.rows.get(key)?.removed !== true));
  for (const draft of drafts.rows.values()) {
    if (draft.from !== null && draft.from !== draft.key) here.delete(draft.from);
    if (!draft.removed && draft.key !== "") here.add(draft.key);
  }
  return {
    format,
    rows,
    errors: read.errors,
    notices: format === "dotenv" ? wholeText(text) : wholeText(text).slice(0, 1),
    missing: [...here].filter((key) => !given.has(key)).toSorted(),
  };
};

/** Turns chosen rows of a preview into drafts; with `replace` the missing keys become removals. */
export const applyImport = (
  drafts: Drafts,
  saved: SavedKeys,
  rows: readonly Pick<ImportRow, "key" | "value">[],
  missing: readonly string[] = [],
): Drafts => {
  let next = drafts;
  for (const { key, value } of rows) {
    const draft = draftNamed(next, key);
    if (draft !== undefined) next = setValue(next, draft.id, value);
    else if (saved.byKey.has(key)) next = takeName(next, key, value);
    else next = addKey(next, key, value);
  }
  for (const key of missing) {
    const id = draftNamed(next, key)?.id ?? (saved.byKey.has(key) ? key : null);
    // A name that only a draft had, and that was taken back above.
    if (id !== null) next = removeKey(next, id);
  }
  return next;
};

/** A value for a saved key; one that was renamed away is named as it was again. */
const takeName = (drafts: Drafts, key: string, value: Value): Drafts => {
  const draft = draftOf(drafts, key);
  return draft === null ? drafts : withRow(drafts, { ...draft, key, value, removed: false });
};
