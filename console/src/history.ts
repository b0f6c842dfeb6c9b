import { type Location, NavigationType, type Navigator, type To, createPath, parsePath } from "react-router";

/** Asked before the page is left; calls `leave` when the person agrees. */
export type Guard = (leave: () => void) => void;

/** Where the browser is, how it got there, and how many moves were made in this document. */
export interface Place {
  readonly action: NavigationType;
  readonly location: Location;
  readonly moves: number;
}

export interface PageHistory {
  readonly navigator: Navigator;
  place(): Place;
  subscribe(listener: () => void): () => void;
  /** Asks `guard` before another page is shown, until the returned function is called. */
  guard(guard: Guard): () => void;
}

interface Kept {
  readonly step: number;
  readonly key: string;
  readonly state: unknown;
}

const keptOf = (state: unknown): Kept | null =>
  typeof state === "object" && state !== null && "step" in state && typeof state.step === "number"
    ? (state as Kept)
    : null;

const pathOf = (target: To): { pathname: string; search: string; hash: string } => ({
  pathname: "/",
  search: "",
  hash: "",
  ...(typeof target === "string" ? parsePath(target) : target),
});

/**
 * The browser's history for react-router's `Router`, with a question before a form with unsaved typing is left.
 * The data router of react-router has such a question too, but brings 18 KB (gzip) of loaders and actions along.
 */
export const createPageHistory = (page: Window): PageHistory => {
  const listeners = new Set<() => void>();
  const guards = new Set<Guard>();
  let passes = false;

  const read = (kept: Kept): Location => ({
    pathname: page.location.pathname,
    search: page.location.search,
    hash: page.location.hash,
    state: kept.state,
    key: kept.key,
  });
  const enter = (kept: Kept): Kept => {
    page.history.replaceState(kept, "");
    return kept;
  };

  let now = keptOf(page.history.state) ?? enter({ step: 0, key: "start", state: null });
  let place: Place = { action: NavigationType.Pop, location: read(now), moves: 0 };

  const show = (action: NavigationType, kept: Kept): void => {
    now = kept;
    place = { action, location: read(kept), moves: place.moves + 1 };
    for (const listener of listeners) listener();
  };

  /** Whether somebody has to be asked first. */
  const holds = (pathname: string, leave: () => void): boolean => {
    const guard = [...guards].at(-1);
    if (passes || guard === undefined || pathname === place.location.pathname) return false;
    guard(() => {
      passes = true;
      leave();
    });
    return true;
  };

  const move = (target: To, state: unknown, isNew: boolean): void => {
    const path = pathOf(target);
    if (holds(path.pathname, () => move(target, state, isNew))) return;
    passes = false;
    const kept = { step: now.step + (isNew ? 1 : 0), key: String(place.moves + 1), state: state ?? null };
    if (isNew) page.history.pushState(kept, "", createPath(path));
    else page.history.replaceState(kept, "", createPath(path));
    const isOtherPage = path.pathname !== place.location.pathname;
    show(isNew ? NavigationType.Push : NavigationType.Replace, kept);
    if (isNew && isOtherPage) page.scrollTo(0, 0);
  };

  page.addEventListener("popstate", () => {
    // A link to a place within the page comes without a state of ours.
    const kept = keptOf(page.history.state) ?? enter({ step: now.step + 1, key: String(place.moves + 1), state: null });
    const steps = kept.step - now.step;
    // The way back to where it was held, see below: nothing has changed.
    if (steps === 0) return;
    if (holds(page.location.pathname, () => page.history.go(steps))) {
      page.history.go(-steps);
      return;
    }
    passes = false;
    show(NavigationType.Pop, kept);
  });

  return {
    navigator: {
      createHref: (target) => (typeof target === "string" ? target : createPath(target)),
      go: (steps) => page.history.go(steps),
      push: (target, state) => move(target, state, true),
      replace: (target, state) => move(target, state, false),
    },
    place: () => place,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    guard: (guard) => {
      guards.add(guard);
      return () => guards.delete(guard);
    },
  };
};
