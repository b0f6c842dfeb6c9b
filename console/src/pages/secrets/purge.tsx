import type { ReplyOf, Routes } from "@keyroll/contract";
import { Checkbox } from "../../ui/field.tsx";

interface PurgeProps {
  readonly removed: readonly string[];
  readonly removal: ReplyOf<Routes["secrets.list"]>["removal"];
  readonly checked: boolean;
  readonly onChange: (purges: boolean) => void;
}

/** What becomes of removed keys in the store, and the offer to delete their older values at once. */
export const Purge = ({ removed, removal: { plainReaders, cannotPurge }, checked, onChange }: PurgeProps) => (
  <>
    {plainReaders && !checked ? (
      <p className="row-note">
        Programs that read the store themselves can read {removed.join(", ")} there until old values are collected.
      </p>
    ) : null}
    {cannotPurge === null ? (
      <Checkbox
        label="Delete the older values of removed keys for good"
        hint="Revisions that hold them can then be neither shown nor restored."
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
    ) : (
      <p className="quiet small">Older values stay in the history of the store: {cannotPurge}.</p>
    )}
  </>
);
