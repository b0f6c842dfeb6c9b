import { memo, useEffect, useRef, useState, type MouseEvent } from "react";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import type { Drafts } from "../../drafts/draft.ts";
import { discardRow, removeKey, renameKey, setValue } from "../../drafts/edit.ts";
import { valueFacts } from "@keyroll/pairs";
import { Ago } from "../../ui/ago.tsx";
import { Icon } from "../../ui/icon.tsx";
import { State } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { usePlace } from "./place.ts";
import { RowEditor } from "./row-editor.tsx";
import { standingOf, type Row } from "./rows.ts";
import { ValueCell } from "./value-cell.tsx";
import { Words } from "../../ui/words.tsx";

interface RowProps {
  readonly row: Row;
  /** Mistakes and doubts about the draft, as sentences; "" without. */
  readonly problem: string;
  readonly warning: string;
  /** Who changed it, in the reader's words. */
  readonly by: string;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isReadOnly: boolean;
  readonly knowsUse: boolean;
}

const usedBy = ({ row, knowsUse }: Pick<RowProps, "row" | "knowsUse">): string => {
  if (row.kind === "needed") return `${row.usedBy} needs it`;
  if (!knowsUse) return "";
  return row.usedBy === "" && row.kind !== "gone" ? "not used" : row.usedBy;
};

const Size = ({ row: { saved, draft, kind } }: { readonly row: Row }) => {
  if (kind === "needed" || kind === "gone" || draft?.removed === true) return <>–</>;
  const value = draft?.value ?? null;
  const now = value === null ? saved : valueFacts(value);
  return <>{now === null ? "–" : sizeAndLines(now)}</>;
};

const Cells = (props: RowProps) => {
  const { row, problem, warning, by, isActive, isOpen, isReadOnly } = props;
  const { drafts, openEditor, toggleDetails, focusRow } = usePlace();
  const keyButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  const [editing, setEditing] = useState<"key" | "value" | null>(null);
  useEffect(() => {
    // The fields that had the focus are gone.
    if (wasEditing.current && editing === null && document.activeElement === document.body) keyButton.current?.focus();
    wasEditing.current = editing !== null;
  }, [editing]);
  const { id, saved, draft, kind } = row;
  const name = draft?.key ?? row.key;
  const target = kind === "needed" ? null : id;
  if (editing !== null && target !== null) {
    const text = typeof draft?.value === "string" ? draft.value : "";
    return (
      <RowEditor
        id={target}
        keyName={name}
        hasValue={(draft?.value ?? null) !== null || saved !== null}
        isBinary={typeof (draft?.value ?? (saved?.binary === true ? new Uint8Array() : "")) !== "string"}
        initialValue={/[\r\n]/u.test(text) ? "" : text}
        first={editing}
        onCancel={() => setEditing(null)}
        onEditor={(key, value, begunAt) => {
          setEditing(null);
          if (key !== name && key !== "") drafts.edit(`rename ${name}`, (all) => renameKey(all, target, key), begunAt);
          openEditor(target, value, begunAt);
        }}
        onDone={(key, value, begunAt) => {
          setEditing(null);
          const change = (all: Drafts): Drafts => {
            const renamed = key === name ? all : renameKey(all, target, key);
            return value === null || value === draft?.value ? renamed : setValue(renamed, target, value);
          };
          drafts.edit(`change ${name}`, change, begunAt);
        }}
      />
    );
  }
  const tabIndex = isActive ? 0 : -1;
  const standing = standingOf(row);
  const note = draft?.meta.note === undefined ? (saved?.note ?? null) : draft.meta.note;
  const isRemoved = draft?.removed === true;
  const edit = (): void => {
    if (kind === "needed") openEditor(`new:${row.key}`);
    else if (typeof draft?.value === "string" && /[\r\n]/u.test(draft.value)) openEditor(id);
    else setEditing("value");
  };
  const remove = (event: MouseEvent<HTMLElement>): void => {
    const next = event.currentTarget.closest("tr")?.nextElementSibling;
    if (kind !== "new") focusRow(id);
    else if (next instanceof HTMLElement) focusRow(next.dataset["row"] ?? id);
    drafts.edit(`remove ${name}`, (all) => removeKey(all, id));
    say(kind === "new" ? `${name} is discarded.` : `${name} will be removed at the next save.`, drafts.takeBack());
  };
  return (
    <>
      <th role="rowheader" scope="row" className="key-cell">
        {kind === "gone" || kind === "needed" ? (
          <button type="button" className="key-name" data-key tabIndex={0} aria-disabled="true">
            <code>{name}</code>
          </button>
        ) : (
          <button
            type="button"
            className="key-name"
            ref={keyButton}
            data-key
            aria-expanded={isOpen}
            title={`Details of ${name}`}
            onClick={() => toggleDetails(id)}
            onDoubleClick={() => setEditing("key")}
          >
            {kind === "new" ? <span className="unseen">new: </span> : null}
            <code className={isRemoved ? "struck" : undefined}>{name}</code>
          </button>
        )}
        {draft !== null && draft.from !== null && draft.from !== draft.key ? (
          <span className="row-note">
            was <code>{draft.from}</code>
          </span>
        ) : null}
        {note === null || note === "" ? null : <span className="row-note one-line">{note}</span>}
        {problem === "" ? null : (
          <span className="row-problem">
            <Words text={problem} />
          </span>
        )}
        {warning === "" ? null : (
          <span className="row-note">
            <Words text={warning} />
          </span>
        )}
      </th>
      <td role="cell" data-label="Value" className="value-cell">
        {kind === "needed" ? (
          <span className="quiet">(no value yet)</span>
        ) : kind === "gone" || isRemoved ? (
          <span className="quiet">(removed)</span>
        ) : saved === null && (draft?.value ?? null) === null ? (
          <span className="quiet">(no value yet)</span>
        ) : (
          <ValueCell id={id} keyName={name} saved={saved} draft={draft} tabIndex={tabIndex} />
        )}
      </td>
      <td role="cell" data-label="Size" className="size-cell">
        <Size row={row} />
      </td>
      <td role="cell" data-label="Used by" className="quiet used-cell">
        {usedBy(props)}
      </td>
      <td role="cell" data-label="Changed" className="changed-cell">
        {saved === null ? null : (
          <span className="dots">
            <span>{by}</span>
            <Ago at={saved.changedAt} />
            <span>{saved.revision}</span>
          </span>
        )}
      </td>
      <td role="cell" data-label="State" className="state-cell">
        <State tone={standing.tone}>{standing.text}</State>
        {row.isDue ? <State tone="warn">due {saved?.rotateBy ?? ""}</State> : null}
      </td>
      <td role="cell" className="end actions-cell">
        {isReadOnly || kind === "gone" ? null : isRemoved ? (
          <button
            type="button"
            className="button plain small"
            tabIndex={tabIndex}
            onClick={() => {
              focusRow(id);
              drafts.edit(`keep ${name}`, (all) => discardRow(all, id));
            }}
          >
            Keep
          </button>
        ) : (
          <>
            <button
              type="button"
              className={`button plain small${kind === "needed" ? "" : " icon-only"}`}
              data-do="edit"
              tabIndex={tabIndex}
              aria-label={kind === "needed" ? `Give ${name} a value` : `Edit ${name}`}
              title={kind === "needed" ? undefined : "Edit (e)"}
              onClick={edit}
            >
              {kind === "needed" ? "Give a value" : <Icon name="edit" />}
            </button>
            {kind === "needed" ? null : (
              <button
                type="button"
                className="button plain small icon-only"
                data-do="remove"
                tabIndex={tabIndex}
                aria-label={`Remove ${name}`}
                title="Remove"
                onClick={remove}
              >
                <Icon name="remove" />
              </button>
            )}
            {draft === null || kind === "new" ? null : (
              <button
                type="button"
                className="button plain small icon-only"
                tabIndex={tabIndex}
                aria-label={`Discard the draft of ${name}`}
                title="Discard this draft"
                onClick={() => {
                  focusRow(id);
                  drafts.edit(`discard ${name}`, (all) => discardRow(all, id));
                  say(`The draft of ${name} is discarded.`, drafts.takeBack());
                }}
              >
                <Icon name="undo" />
              </button>
            )}
          </>
        )}
      </td>
    </>
  );
};

const fields = ["id", "key", "kind", "saved", "draft", "usedBy", "isUnused", "isNotLive", "isDue"] as const;

/** Rows are made anew at each change; what matters is whether one of their parts is another one. */
export const GridRow = memo(
  Cells,
  (a, b) =>
    fields.every((field) => a.row[field] === b.row[field]) &&
    a.problem === b.problem &&
    a.warning === b.warning &&
    a.by === b.by &&
    a.isActive === b.isActive &&
    a.isOpen === b.isOpen &&
    a.isReadOnly === b.isReadOnly &&
    a.knowsUse === b.knowsUse,
);
