import { useSyncExternalStore } from "react";
import { onPreferences, preferencesNow, type Preferences } from "./preferences.ts";

export const usePreferences = (): Preferences => useSyncExternalStore(onPreferences, preferencesNow);
