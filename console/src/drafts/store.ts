import { useCallback, useSyncExternalStore } from "react";
import { draftsOf, noteUnsaved, onSignOut } from "../unsaved.ts";
import type { Drafts, SavedKeys } from "./draft.ts";
import { discardAll, emptyHistory, everywhere, redo, step, takeBack, undo, type History } from "./history.ts";
import { markOverlaps, rebase, sinceBegun } from "./rebase.ts";
import { leftOf } from "./settle.ts";

/**
 * Drafts of every environment that was opened, in this page's memory and nowhere else: they outlive navigation, a lost
 * connection and an ended login, and are gone with the tab or at sign-out.
 */
const histories = new Map<string, History>();
const listeners = new Set<() => void>();

const set = (scope: string, history: History): void => {
  if (history === histories.get(scope)) return;
  histories.set(scope, history);
  noteUnsaved(scope, history.now.rows.size);
  for (const listener of listeners) listener();
};

onSignOut(() => {
  histories.clear();
  made.clear();
  for (const listener of listeners) listener();
});

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** What a page does with the drafts of its environment. */
export interface DraftsOf {
  read(): History;
  /** One edit, named for "Undo: …". `begunAt`: the revision that was in sight when its typing began; absent: the newest. */
  edit(what: string, change: (drafts: Drafts) => Drafts, begunAt?: number): void;
  undo(): void;
  /** What undoes the newest edit whenever it is called, also when others have followed. */
  takeBack(): () => void;
  redo(): void;
  discardAll(): void;
  /** A newer list came from the server; `named`: keys that its refusal of a save named. */
  rebase(saved: SavedKeys, named?: readonly string[]): void;
  /** They are being sent: until it is settled, newer lists wait, for what is new in them may be these. */
  send(): Drafts;
  /** How that ended. Saved: nothing of it is left, and nothing of it can be undone here. Null: it was not saved. */
  settle(revision: number | null): void;
}

const made = new Map<string, DraftsOf>();

export const openDrafts = (app: string, env: string): DraftsOf => {
  const scope = draftsOf(app, env);
  const known = made.get(scope);
  if (known !== undefined) return known;
  const read = (): History => histories.get(scope) ?? emptyHistory;
  let latest: SavedKeys | null = null;
  let sent: Drafts | null = null;
  const drafts: DraftsOf = {
    read,
    edit: (what, change, begunAt) => {
      const { now } = read();
      const next = change(now);
      const marked = begunAt === undefined || latest === null ? next : sinceBegun(now, next, begunAt, latest);
      set(scope, step(read(), what, marked));
    },
    undo: () => set(scope, undo(read())),
    takeBack: () => {
      const edited = read();
      const change = takeBack(edited);
      return () => {
        const was = read();
        const next = change(was);
        // What comes back is as old as it was.
        const now = latest === null ? next.now : sinceBegun(was.now, next.now, edited.now.base, latest);
        set(scope, { ...next, now });
      };
    },
    redo: () => set(scope, redo(read())),
    discardAll: () => set(scope, discardAll(read())),
    rebase: (saved, named = []) => {
      latest = saved;
      if (sent !== null) return;
      if (saved.revision > read().now.base)
        set(
          scope,
          everywhere(read(), (one) => rebase(one, saved)),
        );
      if (named.length > 0)
        set(
          scope,
          everywhere(read(), (one) => markOverlaps(one, named)),
        );
    },
    send: () => {
      sent = read().now;
      return sent;
    },
    settle: (revision) => {
      const was = sent;
      sent = null;
      if (revision !== null && was !== null) set(scope, { ...emptyHistory, now: leftOf(read().now, was, revision) });
      if (latest !== null) drafts.rebase(latest);
    },
  };
  made.set(scope, drafts);
  return drafts;
};

/** The drafts of an environment, and how to change them; drawn anew at each change. */
export const useDrafts = (app: string, env: string): { readonly history: History; readonly drafts: DraftsOf } => {
  const drafts = openDrafts(app, env);
  const history = useSyncExternalStore(
    subscribe,
    useCallback(() => drafts.read(), [drafts]),
  );
  return { history, drafts };
};
