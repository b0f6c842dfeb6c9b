export type Theme = "system" | "light" | "dark";

/** What a person chose for this browser. Nothing secret: it lies in localStorage. */
export interface Preferences {
  readonly theme: Theme;
  readonly shortcuts: boolean;
}

const name = "keyroll.preferences";
const initial: Preferences = { theme: "system", shortcuts: true };
const listeners = new Set<() => void>();

const read = (): Preferences => {
  try {
    const kept = JSON.parse(globalThis.localStorage.getItem(name) ?? "{}") as Partial<Record<string, unknown>>;
    return {
      theme: kept["theme"] === "light" || kept["theme"] === "dark" ? kept["theme"] : "system",
      shortcuts: kept["shortcuts"] !== false,
    };
  } catch {
    // Storage is off or holds something else: the defaults are as good.
    return initial;
  }
};

const apply = ({ theme }: Preferences): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
};

let preferences = initial;

/** Before the first paint: the very first script calls it, so nothing is imported here. */
export const loadPreferences = (): void => {
  preferences = read();
  apply(preferences);
};

export const setPreferences = (change: Partial<Preferences>): void => {
  preferences = { ...preferences, ...change };
  apply(preferences);
  try {
    globalThis.localStorage.setItem(name, JSON.stringify(preferences));
  } catch {
    // The choice then lasts as long as this page.
  }
  for (const listener of listeners) listener();
};

export const preferencesNow = (): Preferences => preferences;

export const onPreferences = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
