/** Cursors are the last id of a page; ids sort by time of making. */
export const startOf = (cursor: string | undefined): string | null => cursor ?? null;

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
