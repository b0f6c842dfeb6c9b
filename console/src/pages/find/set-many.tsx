import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type ClipboardEvent } from "react";
import { KeyrollError } from "@keyroll/contract/errors";
import { client, keys } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox, Field, TextArea } from "../../ui/field.tsx";
import { focusWhenThere } from "../../ui/focus-when-there.ts";
import { Form } from "../../ui/form.tsx";
import { State } from "../../ui/state.tsx";
import { textOf, valueOf, type Text } from "../secrets/line-ends.ts";
import { SecretInput, unlearned } from "../secrets/secret-input.tsx";
import { Words } from "../../ui/words.tsx";
import "../secrets/secrets.css";

/** One key of one environment. */
export interface Chosen {
  readonly app: string;
  readonly env: string;
  readonly key: string;
}

type Outcome =
  | { readonly state: "waiting" }
  | { readonly state: "saving" }
  | { readonly state: "saved"; readonly revision: number; readonly changed: boolean }
  | { readonly state: "failed"; readonly message: string; readonly next: string };

const nameOf = ({ app, env, key }: Chosen): string => `${app}/${env}/${key}`;

const Told = ({ outcome }: { readonly outcome: Outcome }) => {
  if (outcome.state === "saving") return <State tone="plain">saving…</State>;
  if (outcome.state === "waiting") return null;
  if (outcome.state === "saved")
    return (
      <State tone="good">
        {outcome.changed ? `saved as ${outcome.revision}, not deployed` : `the same already (${outcome.revision})`}
      </State>
    );
  return (
    <span>
      <State tone="bad">not saved</State> <Words text={`${outcome.message} `} />
      <span className="quiet">
        <Words text={outcome.next} />
      </span>
    </span>
  );
};

interface SetManyProps {
  readonly chosen: readonly Chosen[];
  readonly onClose: () => void;
}

/** The same value for a key in several environments: one save each, whole or absent, with an outcome of its own. */
export const SetMany = ({ chosen, onClose }: SetManyProps) => {
  const queries = useQueryClient();
  const [held, setHeld] = useState<Text>(() => textOf(""));
  const [wantsLong, setWantsLong] = useState(false);
  const [message, setMessage] = useState("");
  const [retires, setRetires] = useState(false);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [isBusy, setIsBusy] = useState(false);
  const [stops, setStops] = useState(false);
  const isStopped = useRef(false);
  const value = valueOf(held);
  const isLong = wantsLong || held.text.includes("\n");
  const type = (text: string): void => setHeld({ ...held, text, exact: null });
  const paste = (event: ClipboardEvent<HTMLInputElement | HTMLTextAreaElement>): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\r\n]/u.test(text)) return;
    // A field of one line drops line ends, and one of several makes simple ones of those of Windows, without a word.
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.currentTarget;
    setHeld(textOf(held.text.slice(0, selectionStart ?? 0) + text + held.text.slice(selectionEnd ?? held.text.length)));
  };
  const note = (one: Chosen, outcome: Outcome): void =>
    setOutcomes((before) => new Map(before).set(nameOf(one), outcome));
  const outcomeOf = (one: Chosen): Outcome => outcomes.get(nameOf(one)) ?? { state: "waiting" };
  const left = chosen.filter((one) => outcomeOf(one).state !== "saved");
  const saveOne = async (one: Chosen): Promise<void> => {
    const params = { app: one.app, env: one.env };
    note(one, { state: "saving" });
    try {
      const { revision } = await client.call("secrets.list", { params });
      const saved = await client.call("secrets.change", {
        params,
        ifMatch: revision,
        body: {
          set: { [one.key]: value },
          ...(retires ? { retiresOld: [one.key] } : {}),
          ...(message.trim() === "" ? {} : { message: message.trim() }),
        },
      });
      note(one, { state: "saved", revision: saved.revision, changed: saved.changed });
    } catch (error) {
      const known = error instanceof KeyrollError ? error : null;
      note(one, {
        state: "failed",
        message: known?.message ?? "Something went wrong in this page.",
        next: known?.next ?? "Look what is saved, then try again.",
      });
    }
  };
  const save = async (): Promise<void> => {
    setIsBusy(true);
    // One after the other: two environments may share a store that counts its calls.
    for (const one of left) if (!isStopped.current) await saveOne(one);
    isStopped.current = false;
    setStops(false);
    setIsBusy(false);
    await queries.invalidateQueries({ queryKey: keys.search("").slice(0, 1) });
  };
  const isDone = left.length === 0;
  const reason = isDone ? "Everything is saved." : value === "" ? "Give a value first." : null;
  return (
    <Dialog title={`Set in ${chosen.length} environments`} onClose={onClose} busy={isBusy} wide>
      <Form className="stack tight" autoComplete="off" busy={isBusy} reason={reason} onSubmit={() => void save()}>
        <ul className="plain-list" aria-label="Where" aria-live="polite">
          {chosen.map((one) => (
            <li key={nameOf(one)}>
              <code>{one.key}</code> of {one.app} / {one.env} <Told outcome={outcomeOf(one)} />
            </li>
          ))}
        </ul>
        {isLong ? (
          <TextArea
            {...unlearned}
            label="Value"
            value={held.text}
            code
            rows={8}
            // Where it takes the place of the field of one line, the person is at its text.
            ref={focusWhenThere}
            onChange={(event) => type(event.target.value)}
            onPaste={paste}
          />
        ) : (
          <div className="field">
            <span aria-hidden="true">Value</span>
            <SecretInput
              label="Value"
              value={held.text}
              data-first
              onChange={(event) => type(event.target.value)}
              onPaste={paste}
            />
          </div>
        )}
        <Checkbox label="Several lines" checked={isLong} onChange={(event) => setWantsLong(event.target.checked)} />
        <Checkbox
          label="The old value no longer works"
          hint="No fallback, undo or restore brings it back."
          checked={retires}
          onChange={(event) => setRetires(event.target.checked)}
        />
        <Field label="Message" value={message} maxLength={500} onChange={(event) => setMessage(event.target.value)} />
        <div className="form-end">
          {isDone ? null : (
            <Button submit kind="main">
              {left.length === chosen.length ? `Save in ${chosen.length}` : `Try the other ${left.length} again`}
            </Button>
          )}
          {isBusy ? (
            <Button
              reason={stops ? "It stops after this one." : null}
              onClick={() => {
                isStopped.current = true;
                setStops(true);
              }}
            >
              Stop after this one
            </Button>
          ) : (
            <Cancel>{isDone ? "Close" : "Cancel"}</Cancel>
          )}
        </div>
      </Form>
    </Dialog>
  );
};
