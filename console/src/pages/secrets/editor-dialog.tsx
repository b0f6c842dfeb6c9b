import { KeyrollError } from "@keyroll/contract/errors";
import { checkKey, checkValue, valueFacts, type Value } from "@keyroll/pairs";
import { useId, useState, type ClipboardEvent } from "react";
import { isGoodNote, mend, sizeAndLines, sizeText, valueNotes } from "../../drafts/value-notes.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { textOf, valueOf, type Text } from "./line-ends.ts";
import { unlearned } from "./secret-input.tsx";
import { RandomForm } from "./random-form.tsx";
import { readValueFile } from "./value-file.ts";
import { useTyping } from "./use-typing.ts";
import { Words } from "../../ui/words.tsx";

interface EditorProps {
  readonly keyName: string;
  /** A new key: its name can be typed here. */
  readonly isNew: boolean;
  /** What was typed or drafted so far; null: nothing is known, the saved value stays hidden. */
  readonly value: Value | null;
  /** Asks for the saved value; null where there is none. */
  readonly load: (() => Promise<Value>) | null;
  /** The largest value that the store takes, in bytes. */
  readonly valueBytes: number | null;
  /** How a larger one could be taken. */
  readonly larger: string | null;
  readonly storeLabel: string;
  readonly onDone: (key: string, value: Value) => void;
  readonly onClose: () => void;
}

/** What the editor holds: a text, or bytes that are none. */
type Held = Text | Uint8Array;
const heldOf = (value: Value): Held => (typeof value === "string" ? textOf(value) : value);

/** The editor for long values: PEM, JSON, files, random ones; with everything that one does not see in a text. */
export const EditorDialog = ({
  keyName,
  isNew,
  value,
  load,
  valueBytes,
  larger,
  storeLabel,
  onDone,
  onClose,
}: EditorProps) => {
  const id = useId();
  const [key, setKey] = useState(keyName);
  const [held, setHeld] = useState<Held | null>(() => (value === null ? null : heldOf(value)));
  const [isShown, setIsShown] = useState(true);
  const [isRandom, setIsRandom] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [loaded, setLoaded] = useState<Value | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const now: Value | null = held === null ? null : held instanceof Uint8Array ? held : valueOf(held);
  const facts = valueFacts(now ?? "");
  const end = useTyping(now !== null && now !== loaded, () => onDone(key, now ?? ""));
  const close = (): void => end(onClose);
  const keyProblem = isNew && key !== "" ? (checkKey(key)?.message ?? null) : null;
  const tooLarge =
    valueBytes !== null && facts.bytes > valueBytes
      ? `${sizeText(facts.bytes)}; ${storeLabel} takes ${sizeText(valueBytes)} for one value. ${larger ?? ""}`.trimEnd()
      : null;
  const broken = now === null ? null : (checkValue(key, now)?.message ?? null);
  const notes = now === null ? [] : valueNotes(now);
  const put = (next: Value): void => {
    setHeld(heldOf(next));
    setSaid(null);
    setProblem(null);
  };
  // What was typed while it came stays.
  const take = (saved: Value): void => {
    setLoaded(saved);
    setHeld((before) => before ?? heldOf(saved));
  };
  const takeFile = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      const read = await readValueFile(file);
      put(read);
      setSaid(typeof read === "string" ? `Read ${file.name} as text.` : `Read ${file.name} as bytes: it is not text.`);
    } catch (error) {
      setProblem(error instanceof KeyrollError ? error.message : "The file cannot be read.");
    }
  };
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!text.includes("\r")) return;
    // A text field makes simple line ends of all others; here they are kept, and said.
    event.preventDefault();
    const { selectionStart, selectionEnd, value: before } = event.currentTarget;
    const joined = before.slice(0, selectionStart) + text + before.slice(selectionEnd);
    put(joined);
  };
  const done = (): void => {
    if (now === null) setProblem("Type a value, or choose a file.");
    else if (checkKey(key) !== null) setProblem(checkKey(key)?.message ?? null);
    else end(() => onDone(key, now));
  };
  return (
    <Dialog title={isNew ? "New secret" : <>Value of {keyName}</>} onClose={close} wide>
      <Form className="stack tight" autoComplete="off" onSubmit={done}>
        {isNew ? (
          <Field
            {...unlearned}
            label="Key"
            code
            value={key}
            problem={keyProblem}
            onChange={(event) => setKey(event.target.value)}
          />
        ) : null}
        <div className="field">
          <label htmlFor={id}>Value</label>
          {held instanceof Uint8Array ? (
            <p className="panel">
              {sizeText(held.byteLength)} that are not text.{" "}
              <Button small onClick={() => put("")}>
                Type text instead
              </Button>
            </p>
          ) : (
            <textarea
              {...unlearned}
              id={id}
              data-first
              className={`input code value-area ${isShown ? "" : "masked"}`}
              rows={12}
              wrap="off"
              aria-describedby={`${id}-says`}
              aria-invalid={tooLarge !== null || broken !== null}
              placeholder={load === null ? "" : "The saved value is hidden. Type a new one, or load it."}
              value={held?.text ?? ""}
              onChange={(event) => setHeld({ text: event.target.value, ends: held?.ends ?? "lf", exact: null })}
              onPaste={paste}
            />
          )}
          <p className="hint" id={`${id}-says`} role="status">
            {now === null ? "Nothing typed yet." : facts.binary ? "bytes" : sizeAndLines(facts)}
            {said === null ? "" : ` · ${said}`}
          </p>
          {[tooLarge, broken, problem].map((one) =>
            one === null ? null : (
              <p className="problem-of-field" role="alert" key={one}>
                <Words text={one} />
              </p>
            ),
          )}
          {notes.length === 0 ? null : (
            <ul className="notes">
              {notes.map((note) => {
                const mended = typeof now === "string" ? mend(now, note.id) : null;
                return (
                  <li key={note.id} className={isGoodNote(note) ? "good-note" : undefined}>
                    The value <Words text={note.message} />.
                    {mended === null ? null : (
                      <Button small kind="plain" onClick={() => put(mended)}>
                        Take it away
                      </Button>
                    )}
                  </li>
                );
              })}
            </ul>
          )}
        </div>
        {isRandom ? (
          <RandomForm
            onValue={(text) => {
              put(text);
              setIsRandom(false);
              setSaid("A random value; nobody has seen it but you.");
            }}
            onClose={() => setIsRandom(false)}
          />
        ) : null}
        <div className="row">
          {held === null && load !== null ? (
            <Button
              small
              icon="eye"
              onClick={() => {
                load().then(take, (error: unknown) =>
                  setProblem(error instanceof KeyrollError ? `Not loaded: ${error.message}` : "Not loaded."),
                );
              }}
            >
              Load the saved value
            </Button>
          ) : null}
          {isRandom ? null : (
            <Button small onClick={() => setIsRandom(true)}>
              Random value…
            </Button>
          )}
          <label className="button small">
            From a file…
            <input
              type="file"
              className="unseen"
              onChange={(event) => {
                void takeFile(event.target.files?.[0]);
                event.target.value = "";
              }}
            />
          </label>
          {held instanceof Uint8Array ? null : (
            <Button small kind="plain" aria-pressed={!isShown} onClick={() => setIsShown(!isShown)}>
              {isShown ? "Hide" : "Show"}
            </Button>
          )}
        </div>
        <div className="form-end">
          <Button submit kind="main">
            {isNew ? "Add" : "Done"}
          </Button>
          <Cancel />
          <span className="quiet small">It becomes a draft; nothing is saved yet.</span>
        </div>
      </Form>
    </Dialog>
  );
};
