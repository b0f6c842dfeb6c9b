import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";

interface ReasonProps {
  /** "Reveal DATABASE_URL" */
  readonly what: string;
  /** The reason that was given last. */
  readonly before: string;
  readonly onReason: (reason: string) => void;
  readonly onClose: () => void;
}

/** Production: why a value is asked for. It is recorded with who and when. */
export const ReasonDialog = ({ what, before, onReason, onClose }: ReasonProps) => {
  const [reason, setReason] = useState(before);
  const text = reason.trim();
  return (
    <Dialog title={what} onClose={onClose}>
      <form
        className="stack tight"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (text !== "") onReason(text);
        }}
      >
        <Field
          label="Reason"
          hint="This is production: the reason is recorded in the audit, before the value is read."
          value={reason}
          maxLength={500}
          autoComplete="off"
          data-first
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="form-end">
          <Button submit kind="main" reason={text === "" ? "Give a reason first." : null}>
            {what.split(" ")[0]}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
};
