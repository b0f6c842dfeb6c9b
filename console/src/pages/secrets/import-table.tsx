import type { ImportRow } from "../../drafts/import.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { State } from "../../ui/state.tsx";
import { Words } from "../../ui/words.tsx";
import "../../ui/table.css";

interface ImportTableProps {
  readonly rows: readonly Omit<ImportRow, "value">[];
  readonly label?: string;
  /** Keys that are not to be taken, and who hears of a choice; absent: all are taken. */
  readonly choice?: { readonly left: ReadonlySet<string>; readonly onLeave: (left: ReadonlySet<string>) => void };
}

const nothingLeft: ReadonlySet<string> = new Set();

const tones = { new: "good", changed: "warn", set: "warn", same: "plain" } as const;
const words = { new: "new", changed: "changed", set: "set, perhaps the same", same: "same" } as const;

/** Every pair with its line, what it would do, and what was changed or is doubtful about it; a choice for each. */
export const ImportTable = ({ rows, label = "Pairs of the text", choice }: ImportTableProps) => {
  const left = choice?.left ?? nothingLeft;
  // A source that knows no lines, or a row of one.
  const hasLines = rows.some(({ line }) => line > 0) || choice !== undefined;
  if (rows.length === 0) return null;
  const choose = (key: string, isTaken: boolean): void => {
    const next = new Set(left);
    if (isTaken) next.delete(key);
    else next.add(key);
    choice?.onLeave(next);
  };
  return (
    <div className="import-rows" tabIndex={0} role="group" aria-label={label}>
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {choice === undefined ? null : <th scope="col">Take</th>}
            <th scope="col">Key</th>
            {hasLines ? (
              <th scope="col" className="number">
                Line
              </th>
            ) : null}
            <th scope="col">Size</th>
            <th scope="col">Would be</th>
            <th scope="col">Notices</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {choice === undefined ? null : (
                <td>
                  <input
                    type="checkbox"
                    className="tick"
                    aria-label={`Take ${row.key}`}
                    checked={row.status !== "same" && !left.has(row.key)}
                    disabled={row.status === "same"}
                    onChange={(event) => choose(row.key, event.target.checked)}
                  />
                </td>
              )}
              <th scope="row">
                <code>{row.key}</code>
              </th>
              {hasLines ? (
                <td className="number" data-label="Line">
                  {row.line === 0 ? "–" : row.line}
                </td>
              ) : null}
              <td data-label="Size">{sizeAndLines(row)}</td>
              <td data-label="Would be">
                <State tone={tones[row.status]}>{words[row.status]}</State>
              </td>
              <td data-label="Notices">
                {row.notices.map(({ id, message }) => (
                  <span className="row-note" key={`${id}${message}`}>
                    <Words text={message} />
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
