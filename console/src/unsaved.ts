import { useSyncExternalStore } from "react";

/** How many unsaved things lie where, such as drafts of an environment. Only figures: what they hold stays with their owner. */
const counts = new Map<string, number>();
const clearers = new Set<() => void>();
const listeners = new Set<() => void>();

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

/** Tells that `count` unsaved things lie in `scope`. While any does, closing the tab asks first. */
export const noteUnsaved = (scope: string, count: number): void => {
  const before = counts.size;
  if (count === 0) counts.delete(scope);
  else counts.set(scope, count);
  if (before === 0 && counts.size > 0) globalThis.addEventListener("beforeunload", warn);
  if (before > 0 && counts.size === 0) globalThis.removeEventListener("beforeunload", warn);
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Scope of an environment's drafts. */
export const draftsOf = (app: string, env: string): string => `${app}/${env}`;

export const useUnsaved = (scope: string): number => useSyncExternalStore(subscribe, () => counts.get(scope) ?? 0);

/** All unsaved things, wherever they lie. */
export const unsavedTotal = (): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Called at sign-out: values that somebody typed do not outlive the login. */
export const onSignOut = (clear: () => void): void => void clearers.add(clear);

export const clearUnsaved = (): void => {
  for (const clear of clearers) clear();
  for (const scope of counts.keys()) noteUnsaved(scope, 0);
};
