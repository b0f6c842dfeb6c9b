import { askAhead } from "./ahead.ts";
import { partsAt } from "./pages.ts";
import { loadPreferences } from "./preferences.ts";

loadPreferences();
// Small, so that all else is under way as soon as the page itself is here.
const { pathname } = globalThis.location;
askAhead(pathname);
for (const load of partsAt(pathname)) void load().catch(() => undefined);
void import("./main.tsx");
