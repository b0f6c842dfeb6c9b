import { useId, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Words } from "../ui/words.tsx";
import "../ui/field.css";

interface KubeconfigProps {
  readonly label: string;
  readonly hint: string;
  readonly problem: string | null;
  readonly value: string;
  readonly isRequired?: boolean;
  readonly onChange: (text: string) => void;
  /** How many files more are being read: until there are none, the form is not whole. */
  readonly onReading: (more: 1 | -1) => void;
}

/** Bytes; the server takes no more. */
const most = 256 * 1024;

/**
 * The text of a kubeconfig: pasted, dropped or chosen. It holds a credential, so nothing around it may remember it: no
 * name, no completion, no spelling that is sent away, and it is only in this page's memory until it is sent.
 */
export const KubeconfigField = (props: KubeconfigProps) => {
  const { label, hint, problem, value, isRequired = false, onChange, onReading } = props;
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  /** What was given last, typed or as a file: a file that is read only after that is none any more. */
  const newest = useRef<File | null>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    newest.current = file;
    const isTooLarge = file.size > most;
    setRefused(isTooLarge ? `${file.name} has ${file.size} bytes; ${most} are allowed.` : null);
    if (isTooLarge) return;
    onReading(1);
    try {
      const text = await file.text();
      if (newest.current === file) onChange(text);
    } catch {
      if (newest.current === file) setRefused(`${file.name} cannot be read.`);
    } finally {
      onReading(-1);
    }
  };
  const shown = refused ?? problem;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="input code"
        rows={6}
        value={value}
        onChange={(event) => {
          newest.current = null;
          onChange(event.target.value);
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          const file = event.dataTransfer.files[0];
          if (file === undefined) return;
          event.preventDefault();
          void take(file);
        }}
        placeholder="Paste it, or drop the file here"
        required={isRequired}
        maxLength={most}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        aria-invalid={shown !== null}
        aria-describedby={`${id}-hint${shown === null ? "" : ` ${id}-problem`}`}
      />
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {shown === null ? null : (
        <p className="problem-of-field" id={`${id}-problem`} role="alert">
          <Words text={shown} />
        </p>
      )}
      <div>
        <Button small icon="upload" onClick={() => picker.current?.click()}>
          Choose a file
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label={`File of: ${label}`}
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </div>
    </div>
  );
};
