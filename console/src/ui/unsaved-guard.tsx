import { useEffect, useState } from "react";
import { pageHistory } from "../page-history.ts";
import { noteUnsaved } from "../unsaved.ts";
import { Confirm } from "./confirm.tsx";

interface UnsavedGuardProps {
  /** Something was typed here that is saved nowhere. */
  readonly isDirty: boolean;
  /** What would be lost, such as "the settings that you changed". */
  readonly what: string;
}

/** Asks before a form with unsaved typing is left, within the console and by closing the tab. */
export const UnsavedGuard = ({ isDirty, what }: UnsavedGuardProps) => {
  const [leave, setLeave] = useState<{ readonly go: () => void } | null>(null);
  useEffect(() => {
    if (!isDirty) return undefined;
    const scope = `form: ${what}`;
    noteUnsaved(scope, 1);
    const release = pageHistory.guard((go) => setLeave({ go }));
    return () => {
      release();
      noteUnsaved(scope, 0);
    };
  }, [isDirty, what]);
  if (leave === null) return null;
  return (
    <Confirm
      title="Leave without saving?"
      action="Leave"
      onClose={() => setLeave(null)}
      onConfirm={() => {
        setLeave(null);
        leave.go();
      }}
    >
      <p>Nothing was saved yet: {what} would be lost.</p>
    </Confirm>
  );
};
