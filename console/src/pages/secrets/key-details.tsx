import { useState } from "react";
import { checkLink } from "../../drafts/check.ts";
import type { Meta } from "../../drafts/draft.ts";
import { describe, retire } from "../../drafts/edit.ts";
import { Button } from "../../ui/button.tsx";
import { Checkbox, Field, Switch, TextArea } from "../../ui/field.tsx";
import { KeyHistory } from "./key-history.tsx";
import { usePlace } from "./place.ts";
import type { Row } from "./rows.ts";

interface DetailsProps {
  readonly row: Row;
  readonly isReadOnly: boolean;
}

/** What is said in words, beside the switch. */
type Text = "note" | "url" | "rotateBy";

const textOrNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** Everything that is said of a key beside its value, who reads it, and what became of it. */
export const KeyDetails = ({ row, isReadOnly }: DetailsProps) => {
  const { drafts, openEditor, toggleDetails } = usePlace();
  const { id, saved, draft } = row;
  const name = draft?.key ?? row.key;
  const now = { note: null, url: null, rotateBy: null, visible: false, ...saved, ...draft?.meta };
  // What is being typed; the rest follows what others save, and what is undone.
  const [typed, setTyped] = useState<Partial<Record<Text, string>>>({});
  const [wasLeft, setWasLeft] = useState(false);
  const linkProblem = checkLink((typed.url ?? "").trim());
  const shownProblem = wasLeft ? linkProblem : null;
  const say = (meta: Meta): void =>
    drafts.edit(`describe ${name}`, (all) => describe(all, id, meta, saved ?? undefined));
  const leave = (field: Text): void => {
    const { [field]: text, ...rest } = typed;
    // Only left again: that says nothing.
    if (text === undefined) return;
    setTyped(rest);
    say({ [field]: textOrNull(text) });
  };
  const fieldOf = (field: Text) => ({
    value: typed[field] ?? now[field] ?? "",
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      setTyped((others) => ({ ...others, [field]: target.value })),
    onBlur: () => leave(field),
  });
  const isChanged = draft !== null && draft.from !== null && (draft.removed || draft.value !== null);
  return (
    <section className="details" aria-label={`Details of ${name}`}>
      <fieldset className="details-form" disabled={isReadOnly || draft?.removed === true}>
        <legend className="unseen">What is said of {name}</legend>
        <TextArea
          label="Note"
          hint="For everybody who may see the key. Not secret."
          maxLength={2000}
          {...fieldOf("note")}
        />
        <Field
          label="Link"
          type="url"
          inputMode="url"
          placeholder="https://"
          {...fieldOf("url")}
          // One line in each case: what stands below must not move under a finger.
          problem={shownProblem}
          {...(shownProblem === null
            ? {
                hint:
                  now.url === null ? (
                    "Where the value comes from, or is rotated."
                  ) : (
                    <a className="one-line" href={now.url} target="_blank" rel="noopener noreferrer">
                      {now.url}
                    </a>
                  ),
              }
            : {})}
          onBlur={() => {
            setWasLeft(true);
            if (linkProblem === null) leave("url");
          }}
        />
        <Field label="Rotate by" type="date" hint="It is due from a week before." {...fieldOf("rotateBy")} />
        <Switch
          label="Visible"
          hint="Everybody who may see the key sees its value, as for LOG_LEVEL. It changes nothing in the store."
          checked={now.visible}
          onChange={(event) => say({ visible: event.target.checked })}
        />
        {isChanged ? (
          <Checkbox
            label="The old value no longer works"
            hint="A password that was rotated: undo, fallback and restore keep the new value."
            checked={draft.retiresOld}
            onChange={(event) =>
              drafts.edit(`retire the old value of ${name}`, (all) => retire(all, id, event.target.checked))
            }
          />
        ) : null}
      </fieldset>
      <div className="details-side">
        {row.usedBy === "" ? null : (
          <div>
            <h3>Used by</h3>
            <ul className="plain-list">
              {row.usedBy.split(", ").map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </div>
        )}
        {saved === null ? null : <KeyHistory keyName={saved.key} />}
      </div>
      <div className="row details-end">
        {isReadOnly || draft?.removed === true ? null : (
          <Button small onClick={() => openEditor(id)}>
            Edit the value…
          </Button>
        )}
        <Button small kind="plain" onClick={() => toggleDetails(id)}>
          Close
        </Button>
      </div>
    </section>
  );
};
