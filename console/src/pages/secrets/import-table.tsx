import type { ImportRow } from "../../drafts/import.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { State } from "../../ui/state.tsx";
import "../../ui/table.css";

interface ImportTableProps {
  readonly rows: readonly ImportRow[];
  /** Keys that are not to be taken. */
  readonly left: ReadonlySet<string>;
  readonly onLeave: (left: ReadonlySet<string>) => void;
}

const tones = { new: "good", changed: "warn", set: "warn", same: "plain" } as const;
const words = { new: "new", changed: "changed", set: "set, perhaps the same", same: "same" } as const;

/** Every pair with its line, what it would do, and what was changed or is doubtful about it; a choice for each. */
export const ImportTable = ({ rows, left, onLeave }: ImportTableProps) => {
  if (rows.length === 0) return null;
  const choose = (key: string, isTaken: boolean): void => {
    const next = new Set(left);
    if (isTaken) next.delete(key);
    else next.add(key);
    onLeave(next);
  };
  return (
    <div className="import-rows" tabIndex={0} role="group" aria-label="Pairs of the text">
      <table className="table" aria-label="Pairs of the text">
        <thead>
          <tr>
            <th scope="col">Take</th>
            <th scope="col">Key</th>
            <th scope="col" className="number">
              Line
            </th>
            <th scope="col">Size</th>
            <th scope="col">Would be</th>
            <th scope="col">Notices</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
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
              <th scope="row">
                <code>{row.key}</code>
              </th>
              <td className="number" data-label="Line">
                {row.line === 0 ? "–" : row.line}
              </td>
              <td data-label="Size">{sizeAndLines(row)}</td>
              <td data-label="Would be">
                <State tone={tones[row.status]}>{words[row.status]}</State>
              </td>
              <td data-label="Notices">
                {row.notices.map(({ id, message }) => (
                  <span className="row-note" key={`${id}${message}`}>
                    {message}
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
