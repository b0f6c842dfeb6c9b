import type { ReactNode } from "react";
import "./table.css";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** `number` and `end` stand at the end of the column; `tight` does not wrap. */
  readonly kind?: "number" | "end" | "tight";
  /** The head is only for readers and cards, such as of a column of buttons. */
  readonly unseen?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  /** The first column names the row. */
  readonly columns: readonly [Column<Row>, ...Column<Row>[]];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** Rows with heads that stay in sight; on a narrow screen each row is a card. */
export const Table = <Row,>({ label, columns, rows, keyOf }: TableProps<Row>) => {
  const [first, ...others] = columns;
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ head, kind = "", unseen = false }) => (
            <th key={head} scope="col" className={kind}>
              {unseen ? <span className="unseen">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            <th scope="row" className={first.kind}>
              {first.cell(row)}
            </th>
            {others.map(({ head, cell, kind = "", unseen = false }) => (
              <td key={head} className={kind} data-label={unseen ? undefined : head}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};
