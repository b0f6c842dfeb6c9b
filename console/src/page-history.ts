import { createPageHistory } from "./history.ts";

/** The one history of this document. */
export const pageHistory = createPageHistory(globalThis.window);
