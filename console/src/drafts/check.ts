import { checkChangeSet, checkKey, limits, type Notice, type Problem } from "@keyroll/pairs";
import { changeSetOf, isComplete } from "./changes.ts";
import { touchesValue, type Draft, type Drafts, type SavedKeys } from "./draft.ts";

/** What the page knows of the store: its name and the largest value it takes. */
export interface StoreFacts {
  readonly label: string;
  readonly valueBytes: number | null;
  /** How larger ones could be taken. */
  readonly larger?: string | null;
}

/** What is wrong with the drafts, by row; the same rules and words as the server's. */
export interface Verdict {
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly warnings: ReadonlyMap<string, readonly Notice[]>;
  /** About no single row, such as too many pairs. */
  readonly general: readonly Problem[];
  readonly generalWarnings: readonly Notice[];
  /** Pairs and bytes after the save. */
  readonly pairs: number;
  readonly totalBytes: number;
  /** Nothing but risky names stands in the way. */
  readonly canSave: boolean;
}

const push = <T>(map: Map<string, T[]>, id: string, item: T): void => void map.set(id, [...(map.get(id) ?? []), item]);

/** Two rows of one name: a change set has each key once, so this is seen before it is made. */
const namedTwice = (rows: readonly Draft[], saved: SavedKeys): Map<string, Problem> => {
  const gone = new Set(rows.filter((row) => row.removed || row.from !== row.key).map((row) => row.from));
  const found = new Map<string, Problem>();
  const seen = new Set<string>();
  for (const { id, key, from, removed, overlap } of rows) {
    // What to do with their key of the same name is asked elsewhere.
    if (removed || key === "" || overlap !== null) continue;
    const exists = key !== from && saved.byKey.has(key) && !gone.has(key);
    if (exists || seen.has(key))
      found.set(id, {
        rule: "key-exists",
        key,
        message: exists
          ? `\`${key}\` exists already: change it in its own row, or choose another name.`
          : `Two rows have the name \`${key}\`.`,
      });
    seen.add(key);
  }
  return found;
};

/** All rules and limits on all drafts. */
export const checkDrafts = (drafts: Drafts, saved: SavedKeys, store: StoreFacts): Verdict => {
  const rows = [...drafts.rows.values()];
  const problems = new Map<string, Problem[]>();
  const warnings = new Map<string, Notice[]>();
  const general: Problem[] = [];
  const generalWarnings: Notice[] = [];
  const idOf = new Map(rows.flatMap((row) => (row.from === null ? [] : [[row.from, row.id] as const])));
  for (const row of rows) if (!row.removed) idOf.set(row.key, row.id);
  const twice = namedTwice(rows, saved);
  for (const [id, problem] of twice) push(problems, id, problem);
  for (const row of rows) {
    if (row.key === "") push(problems, row.id, checkKey("") ?? { rule: "key-empty", message: "A key needs a name." });
    else if (!isComplete(row))
      push(problems, row.id, { rule: "value-missing", key: row.key, message: `\`${row.key}\` has no value yet.` });
  }
  const checked = checkChangeSet(saved.byKey, changeSetOf(drafts), store, { confirmedRisky: drafts.confirmed });
  for (const problem of checked.problems) {
    const id = problem.key === undefined ? undefined : idOf.get(problem.key);
    if (problem.rule === "empty-change") continue;
    if (id === undefined) general.push(problem);
    else if (!twice.has(id)) push(problems, id, problem);
  }
  for (const warning of checked.warnings) {
    const id = warning.key === undefined ? undefined : idOf.get(warning.key);
    if (id === undefined) generalWarnings.push(warning);
    else push(warnings, id, warning);
  }
  let totalBytes = 0;
  // Keys are ASCII, or refused above: their length is their bytes.
  for (const [key, { bytes }] of checked.result) totalBytes += key.length + bytes;
  return {
    problems,
    warnings,
    general,
    generalWarnings,
    pairs: checked.result.size,
    totalBytes,
    canSave:
      rows.length > 0 &&
      general.length === 0 &&
      [...problems.values()].flat().every(({ rule }) => rule === "risky-key") &&
      rows.every(({ overlap }) => overlap === null),
  };
};

/** Risky names among the drafts that have not been confirmed. */
export const unconfirmed = (verdict: Verdict): Problem[] =>
  [...verdict.problems.values()].flat().filter(({ rule }) => rule === "risky-key");

/** Whether only notes and the like are changed: such a save makes no revision. */
export const isMetaOnly = (drafts: Drafts): boolean =>
  drafts.rows.size > 0 && ![...drafts.rows.values()].some(touchesValue);

/** What is wrong with a link; people may only enter addresses that a browser opens as a page. */
export const checkLink = (text: string): string | null => {
  if (text === "") return null;
  if (!URL.canParse(text) || !/^https?:$/u.test(new URL(text).protocol))
    return "A link begins with https:// or http://.";
  return text.length > 2000 ? "A link has at most 2,000 characters." : null;
};

/** Share of a limit that is used, and whether it is time to say so. */
export const meterOf = (
  used: number,
  limit: number,
): { readonly share: number; readonly tone: "" | "warn" | "bad" } => ({
  share: Math.min(1, used / limit),
  tone: used > limit ? "bad" : used >= limit * limits.warnShare ? "warn" : "",
});
