import { withRow, type Draft, type Drafts } from "./draft.ts";

/** A row that was edited after it had been sent: what was sent of it is now what is saved. */
const onSaved = (row: Draft, sent: Draft, drafts: Drafts): Draft => {
  if (sent.removed) return { ...row, id: `+${drafts.next}`, from: null };
  return { ...row, id: sent.key, from: sent.key };
};

/** What is left of the drafts once `sent` is saved as `revision`: rows that were begun or edited while it was under way. */
export const leftOf = (now: Drafts, sent: Drafts, revision: number): Drafts => {
  let left: Drafts = { ...now, base: revision, rows: new Map() };
  for (const row of now.rows.values()) {
    const before = sent.rows.get(row.id);
    if (row === before) continue;
    left = withRow(left, before === undefined ? row : onSaved(row, before, left));
    left = { ...left, next: left.next + 1 };
  }
  return left;
};
