import { noDrafts, type Drafts } from "./draft.ts";

interface Step {
  /** What was done, for "Undo: …". */
  readonly what: string;
  readonly before: Drafts;
}

/** Drafts with the way back and forth. */
export interface History {
  readonly now: Drafts;
  readonly past: readonly Step[];
  readonly ahead: readonly Step[];
}

export const emptyHistory: History = { now: noDrafts, past: [], ahead: [] };

/** Steps that can be undone; values of older ones are let go. */
const most = 200;

export const step = (history: History, what: string, now: Drafts): History =>
  now === history.now
    ? history
    : { now, past: [...history.past.slice(1 - most), { what, before: history.now }], ahead: [] };

export const undo = (history: History): History => {
  const last = history.past.at(-1);
  if (last === undefined) return history;
  return {
    now: last.before,
    past: history.past.slice(0, -1),
    ahead: [...history.ahead, { what: last.what, before: history.now }],
  };
};

export const redo = (history: History): History => {
  const next = history.ahead.at(-1);
  if (next === undefined) return history;
  return {
    now: next.before,
    past: [...history.past, { what: next.what, before: history.now }],
    ahead: history.ahead.slice(0, -1),
  };
};

/** What undoes this newest step, also when others have followed: of the rows that it changed, those that are still as it left them. */
export const takeBack = (history: History): ((later: History) => History) => {
  const last = history.past.at(-1);
  if (last === undefined) return (later) => later;
  const { before } = last;
  const { now } = history;
  return (later) => {
    if (later.past.at(-1) === last && later.now === now) return undo(later);
    const rows = new Map(later.now.rows);
    let isChanged = false;
    for (const id of new Set([...before.rows.keys(), ...now.rows.keys()])) {
      const [was, became] = [before.rows.get(id), now.rows.get(id)];
      if (was === became || rows.get(id) !== became) continue;
      if (was === undefined) rows.delete(id);
      else rows.set(id, was);
      isChanged = true;
    }
    if (!isChanged) return later;
    return step(later, `undo ${last.what}`, { ...later.now, rows });
  };
};

/** Everything given up, in one step that can be undone. */
export const discardAll = (history: History): History =>
  history.now.rows.size === 0
    ? history
    : step(history, `discard ${history.now.rows.size} drafts`, {
        ...history.now,
        rows: new Map(),
        confirmed: new Set(),
      });

/** The same change to every moment, so that undo never leads back to an old base. */
export const everywhere = (history: History, change: (drafts: Drafts) => Drafts): History => {
  const steps = (list: readonly Step[]): Step[] => list.map(({ what, before }) => ({ what, before: change(before) }));
  return { now: change(history.now), past: steps(history.past), ahead: steps(history.ahead) };
};
