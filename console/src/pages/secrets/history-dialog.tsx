import { count } from "@keyroll/pairs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { useWho } from "../../who.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { sayLeftUndone } from "./left-undone.ts";
import { usePlace } from "./place.ts";
import { useRevisions } from "./use-page.ts";

interface RestoreProps {
  readonly revision: number;
  readonly newest: number;
  readonly drafts: number;
  readonly onClose: () => void;
  readonly onBack: () => void;
}

/** Seen from the newest revision: what was added since goes, what was removed comes back. */
const effects = { added: "comes back", removed: "is removed", changed: "gets its value of then" } as const;

/** What restoring a revision would change, before it does. */
const Restore = ({ revision, newest, drafts, onClose, onBack }: RestoreProps) => {
  const { app, env } = usePlace();
  const queries = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const preview = useQuery({
    queryKey: keys.part(app, env, "revision", revision, newest),
    queryFn: async () =>
      await client.call("revisions.get", {
        params: { app, env, revision: String(revision) },
        query: { against: newest },
      }),
  });
  const restore = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      const saved = await client.call("revisions.restore", {
        params: { app, env, revision: String(revision) },
        body: {},
        ifMatch: newest,
      });
      say(
        saved.changed
          ? `Restored ${revision} as revision ${saved.revision}.`
          : `Nothing differs from ${revision}: no new revision.`,
      );
      sayLeftUndone(saved);
      onClose();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setIsBusy(false);
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
    }
  };
  const difference = preview.data?.difference ?? [];
  return (
    <Dialog title={`Restore revision ${revision}`} onClose={onClose} busy={isBusy} wide>
      <div className="stack tight">
        {preview.isPending ? <Loading what="the difference" rows={3} /> : null}
        {preview.error === null ? null : <Problem error={preview.error} retry={() => void preview.refetch()} />}
        {preview.data === undefined ? null : difference.length === 0 ? (
          <p>
            Nothing differs by key between {revision} and {newest}.
          </p>
        ) : (
          <>
            <p>
              Restoring {revision} makes a new revision. Compared with {newest}:
            </p>
            <ul aria-label="What changes">
              {difference.map(({ key, status }) => (
                <li key={key}>
                  <code>{key}</code> {effects[status]}
                </li>
              ))}
            </ul>
            <p className="quiet">
              Keys whose old value no longer works keep the newest. Nothing restarts before a deployment.
            </p>
          </>
        )}
        {drafts === 0 ? null : (
          <p className="row-note">Your drafts stay. Keys that both touch are then to be decided.</p>
        )}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button
            kind="main"
            busy={isBusy}
            reason={preview.data === undefined ? "The difference is not known yet." : null}
            onClick={() => void restore()}
          >
            Restore {revision}
          </Button>
          <Button reason={isBusy ? "It is at work." : null} onClick={onBack}>
            Back
          </Button>
        </div>
      </div>
    </Dialog>
  );
};

interface HistoryProps {
  readonly newest: number;
  readonly drafts: number;
  readonly isReadOnly: boolean;
  readonly onClose: () => void;
}

const ops = { added: "added", changed: "changed", removed: "removed" } as const;

/** All revisions with message, author and keys; each can be restored. */
export const HistoryDialog = ({ newest, drafts, isReadOnly, onClose }: HistoryProps) => {
  const { app, env } = usePlace();
  const revisions = useRevisions(app, env);
  const who = useWho();
  const [chosen, setChosen] = useState<number | null>(null);
  if (chosen !== null)
    return (
      <Restore revision={chosen} newest={newest} drafts={drafts} onClose={onClose} onBack={() => setChosen(null)} />
    );
  return (
    <Dialog title="History" onClose={onClose} wide>
      {revisions.isPending ? (
        <Loading what="the history" rows={6} />
      ) : revisions.error !== null ? (
        <Problem error={revisions.error} retry={() => void revisions.refetch()} />
      ) : (
        <ol className="revisions" aria-label="Revisions">
          {revisions.data.items.map(
            ({ revision, author, at, message, changes, restoredFrom, readable, keys: pairs }) => (
              <li key={revision}>
                <div className="row apart">
                  <span className="dots">
                    <strong>{revision}</strong>
                    <span>{who(author)}</span>
                    <Ago at={at} />
                    <span className="quiet">{count(pairs, "key")}</span>
                    {restoredFrom === null ? null : <span>equal to {restoredFrom}</span>}
                  </span>
                  {revision === newest || isReadOnly || !readable ? (
                    <span className="quiet small">
                      {revision === newest ? "newest" : readable ? "" : "its values are gone"}
                    </span>
                  ) : (
                    <Button small onClick={() => setChosen(revision)} aria-label={`Restore revision ${revision}`}>
                      Restore…
                    </Button>
                  )}
                </div>
                {message === null ? null : <p>{message}</p>}
                <p className="small">
                  {changes.slice(0, 20).map(({ key, op }) => (
                    <span key={key} className="change-of-key">
                      <span className="quiet">{ops[op]}</span> <code>{key}</code>
                    </span>
                  ))}
                  {changes.length > 20 ? <span className="quiet">and {changes.length - 20} more</span> : null}
                </p>
              </li>
            ),
          )}
        </ol>
      )}
    </Dialog>
  );
};
