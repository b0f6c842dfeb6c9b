import type { Theme } from "../preferences.ts";

/** The themes that can be chosen, with their words. */
export const themes: readonly (readonly [Theme, string])[] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];
