import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Secret } from "../../client.ts";
import type { Draft, Drafts } from "../../drafts/draft.ts";
import type { Tone } from "../../ui/banner.tsx";

type Preflight = ReplyOf<Routes["preflight.run"]>;

/**
 * One line of the grid: a saved key, a new draft, one that the chart needs, or one that is gone: only in the cluster still,
 * or removed by others while something of it was drafted.
 */
export interface Row {
  readonly id: string;
  readonly key: string;
  readonly kind: "saved" | "new" | "gone" | "needed";
  readonly saved: Secret | null;
  readonly draft: Draft | null;
  /** Names of the workloads that read it; "" where nobody does or it is not known. */
  readonly usedBy: string;
  readonly isUnused: boolean;
  readonly isNotLive: boolean;
  readonly isDue: boolean;
}

export const filters = ["all", "not-live", "unused", "needed", "due"] as const;
export type Filter = (typeof filters)[number];

export const isFilter = (text: string | null): text is Filter => filters.some((one) => one === text);

/** Days before the date from which on a key is due. */
const ahead = 7;

/** Whether a rotate-by date (`2026-11-24`) is near or past. `now`: epoch milliseconds. */
export const isDue = (rotateBy: string | null, now: number): boolean =>
  rotateBy !== null && Date.parse(rotateBy) - ahead * 86_400_000 <= now;

const isNotLive = ({ state }: Secret): boolean =>
  state === "saved" || state === "in-cluster" || state === "not-deployed" || state === "removed";

/** Workloads by key. `all` readers take every key; they are named once, as "api (all keys)". */
const readers = (preflight: Preflight | undefined) => {
  const byKey = new Map<string, string[]>();
  const all: string[] = [];
  for (const { name, keys } of preflight?.consumers ?? []) {
    if (keys === "all") all.push(`${name} (all keys)`);
    else for (const key of keys) byKey.set(key, [...(byKey.get(key) ?? []), name]);
  }
  return (key: string): string => [...new Set([...(byKey.get(key) ?? []), ...all])].join(", ");
};

/** Rules of preflight that find a key which nobody saved. */
const needs = new Set(["missing-key", "required-key-missing", "removed-key-needed"]);

/** Keys that the chart names and nobody saved, with who needs them. */
const neededKeys = (preflight: Preflight | undefined): Map<string, string> => {
  const found = new Map<string, Set<string>>();
  for (const { rule, key, object } of preflight?.findings ?? []) {
    if (!needs.has(rule) || key === null) continue;
    found.set(key, (found.get(key) ?? new Set()).add(object?.name ?? "the chart"));
  }
  return new Map([...found].map(([key, names]) => [key, [...names].join(", ")]));
};

interface Given {
  readonly secrets: readonly Secret[];
  readonly drafts: Drafts;
  readonly preflight: Preflight | undefined;
  readonly now: number;
}

/** All rows: new drafts first, where they were typed; then every key by name. */
export const rowsOf = ({ secrets, drafts, preflight, now }: Given): Row[] => {
  const usedBy = readers(preflight);
  const knowsUse = preflight !== undefined;
  const isTaken = new Set([
    ...secrets.filter(({ state }) => state !== "removed").map(({ key }) => key),
    ...[...drafts.rows.values()].filter(({ removed }) => !removed).map(({ key }) => key),
  ]);
  const plain = { saved: null, draft: null, isUnused: false, isNotLive: false, isDue: false };
  const fresh = [...drafts.rows.values()]
    .filter(({ from }) => from === null)
    .toReversed()
    .map((draft): Row => {
      const names = usedBy(draft.key);
      return {
        ...plain,
        id: draft.id,
        key: draft.key,
        kind: "new",
        draft,
        usedBy: names,
        isUnused: knowsUse && names === "",
        isNotLive: true,
      };
    });
  const known = secrets.map((saved): Row => {
    const isGone = saved.state === "removed";
    const names = usedBy(saved.key);
    return {
      ...plain,
      id: isGone ? `gone:${saved.key}` : saved.key,
      key: saved.key,
      kind: isGone ? "gone" : "saved",
      saved,
      draft: drafts.rows.get(saved.key) ?? null,
      usedBy: names,
      isUnused: knowsUse && !isGone && names === "",
      isNotLive: isNotLive(saved),
      isDue: !isGone && isDue(saved.rotateBy, now),
    };
  });
  const listed = new Set(secrets.map(({ key }) => key));
  const lost = [...drafts.rows.values()].flatMap((draft): Row[] =>
    draft.from === null || listed.has(draft.from)
      ? []
      : [{ ...plain, id: `gone:${draft.from}`, key: draft.from, kind: "gone", draft, usedBy: usedBy(draft.from) }],
  );
  const needed = [...neededKeys(preflight)]
    .filter(([key]) => !isTaken.has(key))
    .map(([key, names]): Row => ({ ...plain, id: `needed:${key}`, key, kind: "needed", usedBy: names }));
  const byKey = (a: Row, b: Row): number => (a.key < b.key ? -1 : 1);
  return [...fresh, ...[...known, ...lost, ...needed].toSorted(byKey)];
};

const belongs: Readonly<Record<Filter, (row: Row) => boolean>> = {
  all: () => true,
  "not-live": ({ isNotLive }) => isNotLive,
  unused: ({ isUnused }) => isUnused,
  needed: ({ kind }) => kind === "needed",
  due: ({ isDue }) => isDue,
};

export const countsOf = (rows: readonly Row[]): Readonly<Record<Filter, number>> => {
  const count = (filter: Filter): number => rows.filter(belongs[filter]).length;
  return {
    all: count("all"),
    "not-live": count("not-live"),
    unused: count("unused"),
    needed: count("needed"),
    due: count("due"),
  };
};

/** Rows of a chip whose key holds the text, in any case. Drafts with a mistake stay in sight. */
export const filterRows = (rows: readonly Row[], filter: Filter, text: string): readonly Row[] => {
  const wanted = text.trim().toLowerCase();
  if (filter === "all" && wanted === "") return rows;
  return rows.filter((row) => belongs[filter](row) && matches(row, wanted));
};

const matches = ({ key, draft }: Row, wanted: string): boolean =>
  key.toLowerCase().includes(wanted) || (draft?.key.toLowerCase().includes(wanted) ?? false);

interface Standing {
  readonly tone: Tone;
  readonly text: string;
}

/** How a row stands, in words. */
export const standingOf = (row: Row): Standing => {
  const { draft, saved, kind } = row;
  if (draft !== null && draft.overlap !== null)
    return {
      tone: "bad",
      text: draft.overlap.kind === "removed" ? "removed by somebody else" : "saved by somebody else too",
    };
  if (draft !== null) {
    if (draft.removed) return { tone: "warn", text: "draft: removed" };
    if (kind === "new") return { tone: "warn", text: "draft" };
    if (draft.from !== draft.key) return { tone: "warn", text: "draft: renamed" };
    return { tone: "warn", text: draft.value === null ? "draft: described" : "draft: changed" };
  }
  if (kind === "needed") return { tone: "warn", text: "needed by the chart" };
  switch (saved?.state) {
    case "running":
      return { tone: "good", text: "running" };
    case "in-cluster":
      return { tone: "warn", text: "in the cluster" };
    case "removed":
      return { tone: "warn", text: "removed, still in the cluster" };
    case "not-deployed":
      return { tone: "plain", text: "saved, never deployed" };
    case "saved":
    case undefined:
    default:
      return { tone: "warn", text: "saved, not live" };
  }
};

/** Workloads that read any of the keys: those that a deployment of them restarts. */
export const readersOf = (preflight: Preflight | undefined, keys: ReadonlySet<string>): string[] => [
  ...new Set(
    (preflight?.consumers ?? [])
      .filter((one) => one.keys === "all" || one.keys.some((key) => keys.has(key)))
      .map(({ name }) => name),
  ),
];
