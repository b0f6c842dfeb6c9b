import { isCode, type Environment } from "../../client.ts";

/** Whether somebody removed it, by the errors of what was asked of it last. */
export const isGone = (errors: readonly unknown[]): boolean => errors.some((error) => isCode(error, "not_found"));

/** Why nothing can be changed there, or null. */
export const goneWords = (errors: readonly unknown[]): string | null =>
  isGone(errors) ? "It is gone: somebody removed it." : null;

/** Why nothing can be saved or deployed there now, or null. */
export const heldBy = ({ removing, moving }: Environment, errors: readonly unknown[]): string | null => {
  const gone = goneWords(errors);
  if (gone !== null) return gone;
  if (removing) return "It is being removed.";
  return moving ? "Its values are being moved to another store." : null;
};
