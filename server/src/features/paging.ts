import { KeyrollError } from "@keyroll/contract/errors";

/** Cursors are the last id of a page; ids sort by time of making. */
export const startOf = (cursor: string | undefined): string | null => cursor ?? null;

/** The same where what is listed has numbers. @throws {KeyrollError} `invalid`: no answer ever gave such a cursor. */
export const startNumber = (cursor: string | undefined): number | null => {
  if (cursor === undefined) return null;
  if (/^\d{1,15}$/u.test(cursor)) return Number(cursor);
  throw new KeyrollError("invalid", "`query.cursor` is not one of this list.", {
    field: "query.cursor",
    next: "Send `next` of the page before, or none for the first page.",
    changed: false,
  });
};

/** Cuts the extra row that tells whether there is a next page. */
export const cut = <T>(
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
): { items: readonly T[]; next: string | null } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? idOf(last) : null };
};
