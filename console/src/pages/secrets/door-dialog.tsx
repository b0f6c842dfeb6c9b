import { useState } from "react";
import { client } from "../../client.ts";
import { isReauth } from "../../forms/password-again.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import type { Door } from "./place.ts";

interface DoorProps {
  readonly door: Door;
  /** The reason that was given last. */
  readonly before: string;
  readonly onReason: (reason: string) => void;
  readonly onClose: () => void;
}

/** Production: why a value is asked for, and the password when it was not given for a while. */
export const DoorDialog = ({ door, before, onReason, onClose }: DoorProps) => {
  const [reason, setReason] = useState(before);
  const [password, setPassword] = useState("");
  const [needsPassword, setNeedsPassword] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const text = reason.trim();
  const pass = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      if (needsPassword) await client.call("access.confirm", { body: { password } });
    } catch (thrown) {
      setError(thrown);
      setIsBusy(false);
      return;
    }
    try {
      onReason(text);
      await door.go({ reason: text });
      onClose();
    } catch (thrown) {
      if (isReauth(thrown)) setNeedsPassword(true);
      else {
        onClose();
        door.onFail(thrown);
      }
    } finally {
      setIsBusy(false);
      setPassword("");
    }
  };
  const missing =
    text.length < 3 ? "Give a reason first." : needsPassword && password === "" ? "Give your password." : null;
  return (
    <Dialog title={door.what} onClose={onClose} busy={isBusy}>
      <Form className="stack tight" autoComplete="off" busy={isBusy} reason={missing} onSubmit={() => void pass()}>
        <Field
          label="Reason"
          hint="This is production: the reason is recorded in the audit, before any value is read."
          value={reason}
          maxLength={500}
          autoComplete="off"
          data-first
          onChange={(event) => setReason(event.target.value)}
        />
        {needsPassword ? (
          <Field
            label="Password"
            type="password"
            hint="It was not given for more than 15 minutes."
            value={password}
            autoComplete="current-password"
            problem={problemOf(error, "password")}
            onChange={(event) => setPassword(event.target.value)}
          />
        ) : null}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            {door.what.split(" ")[0]}
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
