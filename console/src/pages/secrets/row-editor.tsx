import { checkKey, keyWarnings, riskOf, valueFacts } from "@keyroll/pairs";
import { useId, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { looksLikePairs } from "../../drafts/looks-like-pairs.ts";
import { isGoodNote, sizeText, valueNotes } from "../../drafts/value-notes.ts";
import { usePreferences } from "../../use-preferences.ts";
import { Button } from "../../ui/button.tsx";
import { Form } from "../../ui/form.tsx";
import { usePlace } from "./place.ts";
import { SecretInput, unlearned } from "./secret-input.tsx";
import { useTyping } from "./use-typing.ts";
import { Words } from "../../ui/words.tsx";

interface RowEditorProps {
  /** Null: a new key. */
  readonly id: string | null;
  readonly keyName: string;
  /** Whether there is a saved value that stays when nothing is typed. */
  readonly hasValue: boolean;
  readonly isBinary?: boolean;
  readonly initialValue?: string;
  readonly first: "key" | "value";
  /** `value` null: it stays as it is. `begunAt`: the revision that was in sight when the typing began. */
  readonly onDone: (key: string, value: string | null, begunAt: number) => void;
  readonly onEditor: (key: string, text: string, begunAt: number) => void;
  readonly onCancel: () => void;
}

/** Key and value of one row, edited in place. Nothing else of the page is drawn anew while somebody types. */
export const RowEditor = ({
  id,
  keyName,
  hasValue,
  isBinary = false,
  initialValue = "",
  first,
  onDone,
  onEditor,
  onCancel,
}: RowEditorProps) => {
  const { drafts, openImport } = usePlace();
  const { shortcuts } = usePreferences();
  const form = useId();
  const [key, setKey] = useState(keyName);
  const [value, setValue] = useState(initialValue);
  const [wasTyped, setWasTyped] = useState(initialValue !== "");
  const [wasTried, setWasTried] = useState(false);
  const [begunAt] = useState(() => drafts.read().now.base);
  const end = useTyping(key !== keyName || value !== initialValue, () => onDone(key, wasTyped ? value : null, begunAt));
  const cancel = (): void => end(onCancel);
  const valueInput = useRef<HTMLInputElement>(null);
  const broken = key === "" ? (wasTried ? checkKey("") : null) : checkKey(key);
  const notes = [
    ...(broken === null && key !== keyName ? keyWarnings(key).map(({ message }) => message) : []),
    ...(broken === null && key !== keyName && riskOf(key) !== null
      ? [`\`${key}\` ${riskOf(key) ?? ""}: confirm it in the review.`]
      : []),
    ...(wasTyped
      ? valueNotes(value)
          .filter((note) => !isGoodNote(note))
          .map(({ message }) => `The value ${message}.`)
      : []),
  ];
  const submit = (): void => {
    setWasTried(true);
    if (checkKey(key) === null) end(() => onDone(key, wasTyped || !hasValue ? value : null, begunAt));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (shortcuts && (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "s") {
      // The review that follows is to hold what was typed here; a mistake in it comes first.
      if (checkKey(key) !== null) {
        event.preventDefault();
        event.stopPropagation();
      }
      submit();
      return;
    }
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  const pasteKey = (event: ClipboardEvent): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!text.includes("\n") && !text.includes("=")) return;
    if (!looksLikePairs(text)) return;
    event.preventDefault();
    cancel();
    openImport(text);
  };
  const pasteValue = (event: ClipboardEvent<HTMLInputElement>): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\r\n]/u.test(text)) return;
    // A field of one line would drop the line ends without a word.
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.currentTarget;
    const joined = value.slice(0, selectionStart ?? 0) + text + value.slice(selectionEnd ?? value.length);
    end(() => onEditor(key, joined, begunAt));
  };
  return (
    <>
      <th role="rowheader" scope="row" className="key-cell">
        <input
          {...unlearned}
          form={form}
          className="input code"
          aria-label="Key"
          aria-invalid={broken !== null}
          aria-describedby={`${form}-says`}
          value={key}
          placeholder="KEY"
          // The person has just asked for this field.
          ref={(input) => {
            if (input === null || input.dataset["was"] === "seen") return;
            input.dataset["was"] = "seen";
            if (first === "key") input.focus();
          }}
          onChange={(event) => setKey(event.target.value)}
          onPaste={pasteKey}
          onKeyDown={onKeyDown}
        />
      </th>
      <td role="cell" className="edit-cell" colSpan={5}>
        <Form id={form} className="row-form" autoComplete="off" onSubmit={submit}>
          <SecretInput
            label="Value"
            value={value}
            placeholder={hasValue ? (isBinary ? "binary value, unchanged" : "unchanged") : "value"}
            ref={(input) => {
              valueInput.current = input;
              if (input === null || input.dataset["was"] === "seen") return;
              input.dataset["was"] = "seen";
              if (first === "value") input.focus();
            }}
            onChange={(event) => {
              setValue(event.target.value);
              setWasTyped(true);
            }}
            onPaste={pasteValue}
            onKeyDown={onKeyDown}
            aria-describedby={`${form}-says`}
          />
          <span className="quiet small size-now">{wasTyped ? sizeText(valueFacts(value).bytes) : ""}</span>
          <Button submit small kind="main">
            {id === null ? "Add" : "Done"}
          </Button>
          <Button
            small
            onClick={() => end(() => onEditor(key, value, begunAt))}
            title="Several lines, a file, or a random value"
          >
            Editor…
          </Button>
          <Button small kind="plain" onClick={cancel}>
            Cancel
          </Button>
        </Form>
        <span id={`${form}-says`} aria-live="polite">
          {broken === null ? null : (
            <span className="row-problem">
              <Words text={broken.message} />
            </span>
          )}
          {notes.map((note) => (
            <span key={note} className="row-note">
              <Words text={note} />
            </span>
          ))}
        </span>
      </td>
    </>
  );
};
