import type { ReplyOf, Routes } from "@keyroll/contract";
import { riskOf } from "@keyroll/pairs";
import { progressText } from "@keyroll/sdk";
import { useState } from "react";
import type { Secret } from "../../client.ts";
import { changesOf } from "../../drafts/changes.ts";
import { isMetaOnly, unconfirmed, type Verdict } from "../../drafts/check.ts";
import type { SavedKeys } from "../../drafts/draft.ts";
import type { History } from "../../drafts/history.ts";
import { overlaps } from "../../drafts/rebase.ts";
import { useWho } from "../../who.ts";
import { useMe } from "../../queries.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Conflicts } from "./conflicts.tsx";
import { usePlace } from "./place.ts";
import { Purge } from "./purge.tsx";
import { ReviewChange } from "./review-change.tsx";
import { cancelSave } from "./save.ts";
import { useSave } from "./use-save.ts";
import { Words } from "../../ui/words.tsx";

interface ReviewProps {
  readonly history: History;
  readonly verdict: Verdict;
  readonly saved: SavedKeys;
  /** Why nothing can be saved now, or null. */
  readonly held: string | null;
  readonly secrets: readonly Secret[];
  /** Workloads that a deployment of these drafts restarts; null: not known. */
  readonly restarts: readonly string[] | null;
  /** The environment's store is read by programs at once, or deploys by itself after a save. */
  readonly deploysOnSave: boolean;
  /** It was opened by "Save and deploy". */
  readonly wantsDeploy: boolean;
  readonly removal: ReplyOf<Routes["secrets.list"]>["removal"];
  readonly onClose: () => void;
}

/** Other people's keys that are saved and not live: a deployment takes them along. */
const alongOf = (secrets: readonly Secret[], own: string | undefined, mine: ReadonlySet<string>): Secret[] =>
  secrets.filter(
    ({ key, state, changedBy }) => (state === "saved" || state === "removed") && changedBy !== own && !mine.has(key),
  );

/** Everything that is about to be saved, to be read once more. */
export const Review = ({
  history,
  verdict,
  saved,
  held,
  secrets,
  restarts,
  deploysOnSave,
  wantsDeploy,
  removal,
  onClose,
}: ReviewProps) => {
  const { app, env, isProduction } = usePlace();
  const drafts = history.now;
  const [message, setMessage] = useState("");
  const [purges, setPurges] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const own = useMe().data?.me?.name;
  const who = useWho();
  const save = useSave(saved, onClose);
  const isBusy = save.state !== "idle";
  const changes = changesOf(drafts, saved);
  const removed = changes.filter(({ kind }) => kind === "removed").map(({ key }) => key);
  const open = overlaps(drafts);
  const along = alongOf(secrets, own, new Set(changes.map(({ key }) => key)));
  const risky = unconfirmed(verdict);
  const reason =
    held ??
    (changes.length === 0
      ? "There are no drafts."
      : !verdict.canSave
        ? "Correct the mistakes first."
        : risky.length > 0
          ? "Confirm the risky names first."
          : null);
  const saveAndDeploy = (): void => {
    if (along.length > 0 && !isAsking) setIsAsking(true);
    else void save.run(message, true, purges && removed.length > 0);
  };
  const stop = (): void => {
    if (save.progress !== null) void cancelSave(app, env, save.progress).catch(() => undefined);
  };
  const canDeploy = !deploysOnSave && !isMetaOnly(drafts);
  const deployButton = canDeploy ? (
    <Button
      key="deploy"
      {...(isProduction ? {} : { kind: "main" })}
      busy={isBusy}
      reason={reason}
      onClick={saveAndDeploy}
      {...(wantsDeploy ? { "data-first": true } : {})}
    >
      Save and deploy
    </Button>
  ) : null;
  const saveButton = (
    <Button key="save" submit {...(isProduction || !canDeploy ? { kind: "main" } : {})}>
      Save
    </Button>
  );
  if (save.outcome !== null && save.error !== null)
    return (
      <Dialog title="Saved, and not deployed" onClose={onClose}>
        <div className="stack tight">
          <Banner tone="good">
            <p>{save.outcome}</p>
          </Banner>
          <Problem error={save.error} />
          <div className="form-end">
            <Cancel>Close</Cancel>
          </div>
        </div>
      </Dialog>
    );
  return (
    <Dialog title={open.length > 0 ? "Decide what counts" : "Review"} onClose={onClose} busy={isBusy} wide>
      {open.length > 0 ? (
        <Conflicts rows={open} saved={saved} others={changes.length - open.length} />
      ) : (
        <Form
          className="stack tight"
          autoComplete="off"
          busy={isBusy}
          reason={reason}
          onSubmit={() => void save.run(message, false, purges && removed.length > 0)}
        >
          {[...verdict.general, ...verdict.generalWarnings].map(({ message: text }) => (
            <p className={verdict.general.some((one) => one.message === text) ? "row-problem" : "row-note"} key={text}>
              <Words text={text} />
            </p>
          ))}
          <ol className="review-list" aria-label="Changes">
            {changes.map((change) => (
              <ReviewChange
                key={change.id}
                change={change}
                value={drafts.rows.get(change.id)?.value ?? null}
                problems={verdict.problems.get(change.id) ?? []}
                warnings={verdict.warnings.get(change.id) ?? []}
                risk={change.kind === "added" || change.kind === "renamed" ? riskOf(change.key) : null}
                isConfirmed={drafts.confirmed.has(change.key)}
              />
            ))}
          </ol>
          {removed.length === 0 ? null : (
            <Purge removed={removed} removal={removal} checked={purges} onChange={setPurges} />
          )}
          <Field
            label="Message"
            hint="Why, for the history. Not secret."
            value={message}
            maxLength={500}
            autoComplete="off"
            onChange={(event) => setMessage(event.target.value)}
          />
          {restarts === null || restarts.length === 0 || isMetaOnly(drafts) ? null : (
            <p className="quiet">
              A deployment restarts {restarts.join(" and ")}.{" "}
              {deploysOnSave ? "This environment deploys after each save." : "Saving alone restarts nothing."}
            </p>
          )}
          {isAsking ? (
            <div className="panel" role="alert">
              <p>
                <strong>These keys of others are not live yet and would go along:</strong>
              </p>
              <ul>
                {along.map(({ key, changedBy, revision, state }) => (
                  <li key={key}>
                    <code>{key}</code>
                    {state === "removed" ? " removed" : ""} by {who(changedBy)} ({revision})
                  </li>
                ))}
              </ul>
              <p>Save and deploy once more takes them along; Save leaves the deployment for later.</p>
            </div>
          ) : null}
          {save.error === null ? null : <Problem error={save.error} />}
          <div className="form-end">
            {isProduction ? [saveButton, deployButton] : [deployButton, saveButton]}
            <Cancel kind="plain">Back</Cancel>
            {save.progress === null ? null : (
              <Button small onClick={stop}>
                Stop
              </Button>
            )}
            <span role="status" className="quiet">
              {save.state === "saving"
                ? save.progress === null
                  ? "Saving, and reading back…"
                  : progressText(save.progress)
                : save.state === "deploying"
                  ? "Asking for the deployment…"
                  : ""}
            </span>
          </div>
        </Form>
      )}
    </Dialog>
  );
};
