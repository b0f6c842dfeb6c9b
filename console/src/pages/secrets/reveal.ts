import { useSyncExternalStore } from "react";
import type { Value } from "@keyroll/pairs";
import { client } from "../../client.ts";
import { onSignOut } from "../../unsaved.ts";

/** Values that were asked for, while they are shown; in memory only. */
const shown = new Map<string, { readonly value: Value; readonly timer: ReturnType<typeof setTimeout> }>();
const listeners = new Set<() => void>();

const tell = (): void => {
  for (const listener of listeners) listener();
};

/** Milliseconds until a revealed value hides itself again. */
export const revealedFor = 30_000;

const nameOf = (app: string, env: string, key: string): string => `${app}/${env}/${key}`;

export const hide = (app: string, env: string, key: string): void => {
  const name = nameOf(app, env, key);
  clearTimeout(shown.get(name)?.timer);
  if (shown.delete(name)) tell();
};

/** Everything, at once: somebody else may look at the screen next. */
export const hideAll = (): void => {
  if (shown.size === 0) return;
  for (const { timer } of shown.values()) clearTimeout(timer);
  shown.clear();
  tell();
};

globalThis.addEventListener("pagehide", hideAll);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") hideAll();
});
onSignOut(hideAll);

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export const valueOfReply = (value: string | { readonly base64: string }): Value =>
  typeof value === "string" ? value : fromBase64(value.base64);

interface Asked {
  readonly app: string;
  readonly env: string;
  readonly key: string;
  /** Production asks for one; it goes into the audit. */
  readonly reason?: string;
  readonly revision?: number;
}

/** Asks for one value, to use it and not to show it. Recorded before it is read. */
export const askValue = async ({ app, env, key, reason, revision }: Asked): Promise<Value> => {
  const { value } = await client.call("secrets.reveal", {
    params: { app, env, key },
    body: { ...(reason === undefined ? {} : { reason }), ...(revision === undefined ? {} : { revision }) },
  });
  return valueOfReply(value);
};

/** Shows a value that is known here, such as a draft's, for 30 seconds. `id` names the row. */
export const showHere = (app: string, env: string, id: string, value: Value): void => {
  hide(app, env, id);
  shown.set(nameOf(app, env, id), { value, timer: setTimeout(() => hide(app, env, id), revealedFor) });
  tell();
};

/** Asks for one value and shows it for 30 seconds, unless the tab was hidden meanwhile. `id` names the row. */
export const reveal = async (asked: Asked, id: string): Promise<void> => {
  const value = await askValue(asked);
  if (document.visibilityState !== "hidden") showHere(asked.app, asked.env, id, value);
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The value while it is shown, else null. */
export const useRevealed = (app: string, env: string, key: string): Value | null =>
  useSyncExternalStore(subscribe, () => shown.get(nameOf(app, env, key))?.value ?? null);
