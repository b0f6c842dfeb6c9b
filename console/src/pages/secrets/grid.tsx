import {
  Fragment,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import type { Verdict } from "../../drafts/check.ts";
import { usePreferences } from "../../use-preferences.ts";
import { useWho } from "../../who.ts";
import { GridRow } from "./grid-row.tsx";
import { usePlace } from "./place.ts";
import type { Row } from "./rows.ts";
import { isTyping } from "./shortcuts.ts";
import "../../ui/table.css";

interface GridProps {
  readonly rows: readonly Row[];
  /** Rows that the filter leaves; the others stay in the page, hidden, and keep what is typed in them. */
  readonly shown: ReadonlySet<string>;
  readonly verdict: Verdict;
  /** A chart may read the keys: the column is there, also before it is known who does. */
  readonly hasUse: boolean;
  readonly knowsUse: boolean;
  readonly isReadOnly: boolean;
  readonly openId: string | null;
  readonly details: ReactNode;
  /** The row in which a new key is typed. */
  readonly adding: ReactNode;
}

/** Rows of the first paint: as many as the window could show. */
const firstRows = (): number => Math.ceil(globalThis.innerHeight / 40);

/** Milliseconds after which the others follow: drawn at once they would hold up the paint of the first ones. */
const restAfter = 200;

const actions: Readonly<Record<string, string>> = { e: "edit", r: "reveal", c: "copy", Delete: "remove" };

const rowsIn = (table: HTMLElement): HTMLElement[] => [
  ...table.querySelectorAll<HTMLElement>("tr[data-row]:not([hidden])"),
];

const sentences = (list: readonly { readonly message: string }[] | undefined): string =>
  (list ?? []).map(({ message }) => message).join(" ");

/**
 * The keys, one row each: a table with buttons. Arrow keys go from row to row; e, r and c work on the row in focus.
 * The rows are laid out one by one, so that those out of sight cost nothing; hence the roles, which tables otherwise
 * have by their layout.
 */
export const Grid = ({ rows, shown, verdict, hasUse, knowsUse, isReadOnly, openId, details, adding }: GridProps) => {
  const [active, setActive] = useState<string | null>(null);
  const [isWhole, setIsWhole] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsWhole(true), restAfter);
    return () => clearTimeout(timer);
  }, []);
  const { shortcuts } = usePreferences();
  const { toggleDetails, wanted } = usePlace();
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const row = table.current?.querySelector(`tr[data-row="${CSS.escape(wanted.current)}"] [data-key]`);
    if (!(row instanceof HTMLElement)) return;
    row.focus();
    // A row that the filter still hides takes no focus: it gets it when it is seen, unless one has gone elsewhere.
    if (document.activeElement !== document.body) wanted.current = null;
  });
  const who = useWho();
  const onFocus = (event: FocusEvent<HTMLElement>): void => {
    const id = event.target.closest<HTMLElement>("tr[data-row]")?.dataset["row"];
    if (id !== undefined) setActive(id);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const { target, key, currentTarget } = event;
    if (!(target instanceof HTMLElement) || isTyping(target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = target.closest<HTMLElement>("tr[data-row]");
    if (row === null) return;
    const all = rowsIn(currentTarget);
    const at = all.indexOf(row);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key];
    if (next !== undefined) {
      all[Math.max(0, next)]?.querySelector<HTMLElement>("[data-key]")?.focus();
      event.preventDefault();
      return;
    }
    if (key === "Escape" && openId !== null) toggleDetails(openId);
    const action = actions[key];
    if (!shortcuts || action === undefined) return;
    const button = row.querySelector<HTMLElement>(`[data-do="${action}"]`);
    if (button === null) return;
    event.preventDefault();
    button.click();
  };
  return (
    // The keys of single letters belong to the rows' buttons, which have the focus.
    <table
      ref={table}
      role="table"
      className={`table secrets-grid${hasUse ? "" : " no-use"}`}
      aria-label="Secrets"
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Key
          </th>
          <th role="columnheader" scope="col">
            Value
          </th>
          <th role="columnheader" scope="col">
            Size
          </th>
          <th role="columnheader" scope="col" className="used-cell">
            Used by
          </th>
          <th role="columnheader" scope="col">
            Changed
          </th>
          <th role="columnheader" scope="col">
            State
          </th>
          <th role="columnheader" scope="col">
            <span className="unseen">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {adding}
        {(isWhole ? rows : rows.slice(0, firstRows())).map((row) => {
          const isOpen = row.id === openId;
          const isShown = shown.has(row.id);
          return (
            <Fragment key={row.id}>
              <tr
                role="row"
                data-row={row.id}
                data-kind={row.draft === null ? row.kind : "draft"}
                hidden={!isShown}
                aria-hidden={!isShown || undefined}
                className={isOpen ? "is-open" : undefined}
              >
                <GridRow
                  row={row}
                  problem={sentences(verdict.problems.get(row.id))}
                  warning={sentences(verdict.warnings.get(row.id))}
                  by={row.saved === null ? "" : who(row.saved.changedBy)}
                  isActive={row.id === active}
                  isOpen={isOpen}
                  isReadOnly={isReadOnly}
                  knowsUse={knowsUse}
                />
              </tr>
              {isOpen && isShown ? (
                <tr role="row" className="details-row">
                  <td role="cell" colSpan={7}>
                    {details}
                  </td>
                </tr>
              ) : null}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
};
