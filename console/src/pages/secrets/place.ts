import { createContext, use } from "react";
import type { DraftsOf } from "../../drafts/store.ts";

/** What every part of the page needs to know of where it is; the same object as long as the page is open. */
export interface Place {
  readonly app: string;
  readonly env: string;
  readonly isProduction: boolean;
  readonly drafts: DraftsOf;
  /** Asks for a reason where production wants one, then goes on with it. */
  readonly withReason: (what: string, go: (reason: string | undefined) => void) => void;
  /** Opens the editor for long values. `text`: what was pasted where one line is taken. */
  readonly openEditor: (id: string, text?: string) => void;
  /** Opens the preview of an import. */
  readonly openImport: (text: string, fileName?: string) => void;
  /** Shows or hides the details of a key. */
  readonly toggleDetails: (id: string) => void;
}

export const PlaceContext = createContext<Place | null>(null);

export const usePlace = (): Place => {
  const place = use(PlaceContext);
  if (place === null) throw new Error("There is no environment around this part of the page.");
  return place;
};
