import type { Problem, Value } from "@keyroll/pairs";
import { useState } from "react";
import type { Change } from "../../drafts/changes.ts";
import type { Meta } from "../../drafts/draft.ts";
import { confirm, retire } from "../../drafts/edit.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { Button } from "../../ui/button.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { usePlace } from "./place.ts";
import { ShownValue } from "./value-cell.tsx";
import { Words } from "../../ui/words.tsx";

/** What changes of what is said of a key, in words. */
export const metaWords = ({ note, url, rotateBy, visible }: Meta): string =>
  [
    note === undefined ? null : note === null ? "note removed" : "new note",
    url === undefined ? null : url === null ? "link removed" : "new link",
    rotateBy === undefined ? null : rotateBy === null ? "rotate-by date removed" : `rotate by ${rotateBy}`,
    visible === undefined ? null : visible ? "its value becomes visible" : "its value is hidden again",
  ]
    .filter((one) => one !== null)
    .join(", ");

const sizes = ({ before, after }: Change): string => {
  const size = (one: NonNullable<Change["after"]>): string => `${sizeAndLines(one)}${one.binary ? ", not text" : ""}`;
  if (after === null) return "";
  return before === null ? size(after) : `${size(before)} before, ${size(after)} now`;
};

/** One change as a sentence that can be read aloud. */
const Sentence = ({ change }: { readonly change: Change }) => {
  const key = <code>{change.key}</code>;
  const more = [sizes(change), metaWords(change.meta)].filter((one) => one !== "").join("; ");
  const tail = more === "" ? "" : `: ${more}`;
  switch (change.kind) {
    case "added":
      return (
        <>
          Add {key}
          {tail}
        </>
      );
    case "removed":
      return <>Remove {key}</>;
    case "renamed":
      return (
        <>
          Rename <code>{change.from}</code> to {key}
          {tail}
        </>
      );
    case "changed":
      return (
        <>
          Change {key}
          {tail}
        </>
      );
    case "described":
      return (
        <>
          Describe {key}
          {tail}
        </>
      );
    default:
      return change.kind satisfies never;
  }
};

interface ReviewChangeProps {
  readonly change: Change;
  readonly value: Value | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly { readonly id: string; readonly message: string }[];
  readonly isConfirmed: boolean;
  readonly risk: string | null;
}

export const ReviewChange = ({ change, value, problems, warnings, isConfirmed, risk }: ReviewChangeProps) => {
  const { drafts } = usePlace();
  const [isShown, setIsShown] = useState(false);
  const mistakes = problems.filter(({ rule }) => rule !== "risky-key");
  const canRetire = change.from !== null && (change.kind === "removed" || change.after !== null);
  return (
    <li className="review-change">
      <p className="review-line">
        <span>
          <Sentence change={change} />
        </span>
        {value === null ? null : (
          <Button
            small
            kind="plain"
            aria-pressed={isShown}
            aria-label={`Show the new value of ${change.key}`}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? "Hide" : "Show"}
          </Button>
        )}
      </p>
      {isShown && value !== null ? <ShownValue value={value} /> : null}
      {mistakes.map(({ message }) => (
        <p className="row-problem" key={message}>
          <Words text={message} />
        </p>
      ))}
      {warnings.map(({ message }) => (
        <p className="row-note" key={message}>
          <Words text={message} />
        </p>
      ))}
      {risk === null ? null : (
        <Checkbox
          label={`${change.key} is meant`}
          hint={`This name ${risk}.`}
          checked={isConfirmed}
          onChange={(event) =>
            drafts.edit(`confirm ${change.key}`, (all) => confirm(all, change.key, event.target.checked))
          }
        />
      )}
      {canRetire ? (
        <Checkbox
          label="The old value no longer works"
          checked={change.retiresOld}
          aria-label={`The old value of ${change.from ?? ""} no longer works`}
          onChange={(event) =>
            drafts.edit(`retire the old value of ${change.key}`, (all) => retire(all, change.id, event.target.checked))
          }
        />
      ) : null}
    </li>
  );
};
