import { createContext, use } from "react";
import type { DraftsOf } from "../../drafts/store.ts";

/** Something that takes values out: every such door is recorded, and production asks first. */
export interface Door {
  /** "Reveal DATABASE_URL" */
  readonly what: string;
  /** Whether the values are of a production environment; that of the page when absent. */
  readonly isProduction?: boolean;
  readonly go: (reason: { readonly reason?: string }) => Promise<void>;
  readonly onFail: (error: unknown) => void;
}

/** What every part of the page needs to know of where it is; the same object as long as the page is open. */
export interface Place {
  readonly app: string;
  readonly env: string;
  readonly isProduction: boolean;
  readonly drafts: DraftsOf;
  /** Asks for a reason (and the password again) where production wants them, then goes on. */
  readonly passDoor: (door: Door) => void;
  /**
   * Opens the editor for long values. `text`: what was pasted where one line is taken; `begunAt`: the revision that was
   * in sight when that was begun.
   */
  readonly openEditor: (id: string, text?: string, begunAt?: number) => void;
  /** Opens the preview of an import. */
  readonly openImport: (text: string, fileName?: string) => void;
  /** Puts the focus on a row once it is drawn, where a control that had it is gone. */
  readonly focusRow: (id: string) => void;
  /** The row that `focusRow` named last; the grid takes it. */
  readonly wanted: { current: string | null };
  /** Shows or hides the details of a key. */
  readonly toggleDetails: (id: string) => void;
}

export const PlaceContext = createContext<Place | null>(null);

export const usePlace = (): Place => {
  const place = use(PlaceContext);
  if (place === null) throw new Error("There is no environment around this part of the page.");
  return place;
};
