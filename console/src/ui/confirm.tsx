import { useId, useState, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { Cancel, Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { Form } from "./form.tsx";
import { Problem } from "./problem.tsx";

interface ConfirmProps {
  readonly title: string;
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode;
  /** The verb on the button, such as "Remove shop". */
  readonly action: string;
  readonly isDangerous?: boolean;
  /** A name that has to be typed first. */
  readonly typed?: string;
  readonly error?: unknown;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export const Confirm = ({
  title,
  children,
  action,
  isDangerous = true,
  typed,
  error = null,
  busy = false,
  onConfirm,
  onClose,
}: ConfirmProps) => {
  const body = useId();
  const [name, setName] = useState("");
  const isNamed = typed === undefined || name === typed;
  return (
    <Dialog title={title} onClose={onClose} busy={busy} role="alertdialog" describedBy={body}>
      <Form
        className="stack tight"
        autoComplete="off"
        busy={busy}
        reason={isNamed ? null : `Type ${typed} first.`}
        onSubmit={onConfirm}
      >
        <div id={body}>{children}</div>
        {typed === undefined ? null : (
          <Field
            label={
              <>
                Type <code>{typed}</code> to confirm
              </>
            }
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            code
            data-first
          />
        )}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind={isDangerous ? "danger main" : "main"}>
            {action}
          </Button>
          <Cancel {...(typed === undefined ? { "data-first": true } : {})} />
        </div>
      </Form>
    </Dialog>
  );
};
