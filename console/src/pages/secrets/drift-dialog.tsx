import { count, isRiskyKey } from "@keyroll/pairs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { State } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { usePlace } from "./place.ts";
import "../../ui/table.css";

interface DriftProps {
  readonly storeLabel: string;
  /** Revisions name versions of single values, which nobody else can change; elsewhere the newest document counts. */
  readonly pinsValues: boolean;
  readonly onClose: () => void;
}

type Action = "adopt" | "overwrite";

const kinds = { foreign: "not saved here", changed: "changed", missing: "deleted" } as const;
const tones = { foreign: "warn", changed: "bad", missing: "bad" } as const;

/** What others changed in the store, past Keyroll; taken as it is, or put back as it was saved. No value comes here. */
export const DriftDialog = ({ storeLabel, pinsValues, onClose }: DriftProps) => {
  const { app, env } = usePlace();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<Action | null>(null);
  const [isMeant, setIsMeant] = useState(false);
  const [share, setShare] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const found = useQuery({
    queryKey: keys.part(app, env, "drift"),
    queryFn: async () => await client.call("drift.list", { params: { app, env } }),
    // What was seen before says nothing about now.
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const drift = found.data?.drift ?? [];
  const revision = found.data?.revision ?? 0;
  const taken = drift.filter(({ key }) => chosen.has(key));
  const lost = taken.filter(({ overwrite }) => overwrite === null).map(({ key }) => key);
  const none = taken.length === 0 ? "Choose keys first." : null;
  const risky = taken.filter(({ key, kind }) => kind === "foreign" && isRiskyKey(key)).map(({ key }) => key);

  const choose = (key: string, isTaken: boolean): void => {
    const next = new Set(chosen);
    if (isTaken) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  const resolve = async (action: Action): Promise<void> => {
    setBusy(action);
    setShare(0);
    setError(null);
    try {
      const saved = await client.call("drift.resolve", {
        params: { app, env },
        ifMatch: revision,
        body: { action, keys: taken.map(({ key }) => key), confirmRisky: risky },
        onProgress: (progress) => setShare(progress.share),
      });
      say(
        `${action === "adopt" ? "Adopted" : "Put back"}: ${count(taken.length, "key")}, as revision ${saved.revision}.`,
      );
      setChosen(new Set());
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      if (taken.length === drift.length) onClose();
    } catch (thrown) {
      setError(thrown);
      // Perhaps it is not as it was: the list is looked at again, what was chosen stays.
      await found.refetch();
    } finally {
      setBusy(null);
    }
  };

  return (
    <Dialog title="Changes by others in the store" onClose={onClose} wide>
      <div className="stack tight">
        {found.error === null ? null : <Problem error={found.error} retry={() => void found.refetch()} />}
        {found.isPending ? <Loading what="what lies in the store" rows={4} /> : null}
        {found.data === undefined ? null : drift.length === 0 ? (
          <p role="status">
            {revision === 0
              ? `Nothing is saved yet, and nothing lies in ${storeLabel}.`
              : `All that revision ${revision} saved is in ${storeLabel}, and nothing else.`}
          </p>
        ) : (
          <>
            <p>
              {count(drift.length, "key")} in {storeLabel} {drift.length === 1 ? "is" : "are"} not as revision{" "}
              {revision} saved {drift.length === 1 ? "it" : "them"}.
              {pinsValues ? " Deployments go on using the saved values." : ""}
            </p>
            <div className="import-rows" tabIndex={0} role="group" aria-label="Keys that differ">
              <table className="table" aria-label="Keys that differ">
                <thead>
                  <tr>
                    <th scope="col">Take</th>
                    <th scope="col">Key</th>
                    <th scope="col">In the store</th>
                  </tr>
                </thead>
                <tbody>
                  {drift.map(({ key, kind, message, by, at, overwrite }) => (
                    <tr key={key}>
                      <td>
                        <input
                          type="checkbox"
                          className="tick"
                          aria-label={`Take ${key}`}
                          checked={chosen.has(key)}
                          onChange={(event) => choose(key, event.target.checked)}
                        />
                      </td>
                      <th scope="row">
                        <code>{key}</code>
                      </th>
                      <td data-label="In the store">
                        <State tone={tones[kind]}>{kinds[kind]}</State>
                        <span className="row-note">{message}</span>
                        {at === null ? null : (
                          <span className="row-note">
                            {by === null ? null : <>By {by}, </>}
                            <Ago at={at} />
                          </span>
                        )}
                        {overwrite === "cluster" ? (
                          <span className="row-note">The cluster still has the saved value.</span>
                        ) : null}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {risky.length === 0 ? null : (
              <Checkbox
                label={`These names change what a process loads or trusts, and are meant: ${risky.join(", ")}`}
                checked={isMeant}
                onChange={(event) => setIsMeant(event.target.checked)}
              />
            )}
            <p className="quiet small">
              Adopt: what is there becomes a new revision, and deleted keys are removed. Overwrite: the saved values are
              put back.
            </p>
          </>
        )}
        {busy === null ? null : <p role="status">Saving: {Math.floor(share * 100)} %</p>}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          {drift.length === 0 ? null : (
            <>
              <Button
                kind="main"
                busy={busy === "adopt"}
                reason={
                  busy !== null
                    ? "One after the other."
                    : (none ?? (risky.length > 0 && !isMeant ? "Say that the risky names are meant." : null))
                }
                onClick={() => void resolve("adopt")}
              >
                {taken.length === 0 ? "Adopt" : `Adopt ${count(taken.length, "key")}`}
              </Button>
              <Button
                busy={busy === "overwrite"}
                reason={
                  busy !== null
                    ? "One after the other."
                    : (none ?? (lost.length > 0 ? `No saved value is left of ${lost.join(", ")}.` : null))
                }
                onClick={() => void resolve("overwrite")}
              >
                {taken.length === 0 ? "Overwrite" : `Overwrite ${count(taken.length, "key")}`}
              </Button>
            </>
          )}
          <Button onClick={onClose} data-first>
            {drift.length === 0 ? "Close" : "Cancel"}
          </Button>
        </div>
      </div>
    </Dialog>
  );
};
