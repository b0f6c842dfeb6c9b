import { useRef } from "react";
import { sentenceOf, type Change } from "../../drafts/changes.ts";
import type { History } from "../../drafts/history.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { say } from "../../ui/toast.tsx";
import { usePlace } from "./place.ts";

interface BarProps {
  readonly history: History;
  readonly changes: readonly Change[];
  /** "Deploying 42 restarts api and worker; drafts are not part of it.", or "". */
  readonly deployment: string;
  readonly problems: number;
  readonly overlaps: number;
  /** Why nothing can be saved now, or null. */
  readonly held: string | null;
  readonly onReview: () => void;
  readonly onSaveAndDeploy: () => void;
}

/** What is drafted and not saved, always in sight. */
export const DraftBar = ({
  history,
  changes,
  deployment,
  problems,
  overlaps,
  held,
  onReview,
  onSaveAndDeploy,
}: BarProps) => {
  const { drafts, isProduction } = usePlace();
  const undoButton = useRef<HTMLButtonElement>(null);
  const [undo, redo] = [history.past.at(-1), history.ahead.at(-1)];
  if (changes.length === 0 && redo === undefined && undo === undefined) return null;
  return (
    <section className={`draft-bar no-print${changes.length === 0 ? " is-empty" : ""}`} aria-label="Drafts">
      <p className="draft-words" role="status">
        {changes.length === 0 ? "No drafts." : <strong>{sentenceOf(changes)}.</strong>}
        {problems === 0 ? null : (
          <span className="row-problem">
            {problems === 1 ? "1 row has a mistake." : `${problems} rows have mistakes.`}
          </span>
        )}
        {overlaps === 0 ? null : (
          <span className="row-problem">
            {overlaps === 1
              ? "1 key was saved by somebody else too."
              : `${overlaps} keys were saved by somebody else too.`}
          </span>
        )}
        {changes.length === 0 || deployment === "" ? null : <span className="quiet"> {deployment}</span>}
      </p>
      <div className="row">
        {isProduction || changes.every(({ kind }) => kind === "described") ? null : (
          <Button kind="main" reason={held} onClick={onSaveAndDeploy}>
            Save and deploy
          </Button>
        )}
        <Button
          ref={undoButton}
          kind="plain"
          reason={undo === undefined ? "There is nothing to undo." : null}
          title={undo === undefined ? undefined : `Undo: ${undo.what}`}
          onClick={() => {
            drafts.undo();
            say(`Undone: ${undo?.what ?? ""}.`);
          }}
        >
          <Icon name="undo" /> Undo
        </Button>
        {redo === undefined ? null : (
          <Button
            kind="plain"
            title={`Redo: ${redo.what}`}
            onClick={() => {
              drafts.redo();
              say(`Done again: ${redo.what}.`);
            }}
          >
            Redo
          </Button>
        )}
        {changes.length === 0 ? null : (
          <>
            <Button
              onClick={() => {
                undoButton.current?.focus();
                drafts.discardAll();
                say(
                  changes.length === 1 ? "1 draft is discarded." : `${changes.length} drafts are discarded.`,
                  drafts.takeBack(),
                );
              }}
            >
              Discard
            </Button>
            <Button {...(isProduction ? { kind: "main" } : {})} onClick={onReview} title="Ctrl or Cmd+S">
              Review <Icon name="forward" />
            </Button>
          </>
        )}
      </div>
    </section>
  );
};
