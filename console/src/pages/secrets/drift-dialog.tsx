import { count, isRiskyKey } from "@keyroll/pairs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReplyOf, Routes } from "@keyroll/contract";
import { client, isCode, keys } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { State } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { Words } from "../../ui/words.tsx";
import { sayLeftUndone } from "./left-undone.ts";
import { usePlace } from "./place.ts";
import "../../ui/table.css";

interface DriftProps {
  readonly storeLabel: string;
  /** Revisions name versions of single values, which nobody else can change; elsewhere the newest document counts. */
  readonly pinsValues: boolean;
  readonly onClose: () => void;
}

type Action = "adopt" | "overwrite";

type Entry = ReplyOf<Routes["drift.list"]>["drift"][number];

const kinds = {
  foreign: "not saved here",
  changed: "changed",
  missing: "deleted",
  added: "not deployed",
  removed: "taken out",
  deleted: "deleted",
  unmarked: "marks removed",
  "rolled-back": "rolled back",
  upgraded: "upgraded",
  uninstalled: "uninstalled",
} as const;
const places = { store: "In the store", cluster: "In app-secrets", release: "The Helm release" } as const;
const idOf = ({ place, key }: Entry): string => `${place}/${key ?? ""}`;
const nameOf = ({ place, key, kind }: Entry): string =>
  key ?? (place === "release" ? "Helm release" : `Secret ${kind}`);

/** What others changed past Keyroll, in the store, the cluster and the release; taken as it is, or put back as it was saved. No value comes here. */
export const DriftDialog = ({ storeLabel, pinsValues, onClose }: DriftProps) => {
  const { app, env } = usePlace();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<Action | null>(null);
  const [isMeant, setIsMeant] = useState(false);
  const [share, setShare] = useState(0);
  const [error, setError] = useState<unknown>(null);
  // Who chooses decides on what they saw, not on what arrives while they think.
  const [lookedAt, setLookedAt] = useState<number | null>(null);
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
  // A save of one's own is no surprise.
  const isBehind = busy === null && drift.length > 0 && lookedAt !== null && lookedAt !== revision;
  const deployed = found.data?.deployed ?? null;
  const inStore = drift.filter(({ place }) => place === "store").length;
  const taken = drift.filter((entry) => chosen.has(idOf(entry)));
  const keysOf = (entries: readonly Entry[]): string[] => entries.flatMap(({ key }) => key ?? []);
  const lost = taken.filter(({ overwrite }) => overwrite === null).map(nameOf);
  const whole = taken.filter(({ place, key }) => place === "cluster" && key === null).map(nameOf);
  const none = isBehind
    ? "Somebody saved meanwhile: look again first."
    : taken.length === 0
      ? "Choose keys first."
      : new Set(taken.map(({ place }) => place)).size > 1
        ? "One place after the other."
        : null;
  const risky = keysOf(taken.filter(({ kind }) => kind === "foreign" || kind === "added")).filter(isRiskyKey);

  const choose = (id: string, isTaken: boolean): void => {
    const next = new Set(chosen);
    if (isTaken) next.add(id);
    else next.delete(id);
    setChosen(next);
    setLookedAt(next.size === 0 ? null : (lookedAt ?? revision));
  };
  const lookAgain = async (): Promise<void> => {
    const { data } = await found.refetch();
    if (data !== undefined) setLookedAt(data.revision);
  };
  const resolve = async (action: Action): Promise<void> => {
    setBusy(action);
    setShare(0);
    setError(null);
    try {
      const [{ place } = { place: "store" as const }] = taken;
      const saved = await client.call("drift.resolve", {
        params: { app, env },
        ifMatch: lookedAt ?? revision,
        body: { action, place, keys: keysOf(taken), confirmRisky: risky },
        onProgress: (progress) => setShare(progress.share),
      });
      say(
        place === "release"
          ? "The Helm release is accepted as it is."
          : place === "cluster" && action === "overwrite"
            ? "What was deployed is back in the Secret. Nothing was restarted."
            : `${action === "adopt" ? "Adopted" : "Put back"}: ${count(taken.length, "key")}, as revision ${saved.revision}.`,
      );
      sayLeftUndone(saved);
      setChosen(new Set());
      setLookedAt(null);
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      // Chosen since then, from the list of before one's own save.
      setLookedAt((at) => (at === null ? null : saved.revision));
      if (taken.length === drift.length) onClose();
    } catch (thrown) {
      setError(thrown);
      // Perhaps it is not as it was: the list is looked at again, what was chosen stays.
      if (isCode(thrown, "revision_conflict")) await lookAgain();
      else await found.refetch();
    } finally {
      setBusy(null);
    }
  };

  return (
    <Dialog title="Changes by others" onClose={onClose} busy={busy !== null} wide>
      <div className="stack tight">
        {found.error === null ? null : <Problem error={found.error} retry={() => void found.refetch()} />}
        {found.isPending ? <Loading what="what is there" rows={4} /> : null}
        {found.data === undefined ? null : drift.length === 0 ? (
          <p role="status">
            {revision === 0
              ? `Nothing is saved yet, and nothing lies in ${storeLabel}.`
              : `All that revision ${revision} saved is in ${storeLabel}, and nothing else.${deployed === null ? "" : ` The cluster is as revision ${deployed} was deployed.`}`}
          </p>
        ) : (
          <>
            {inStore === 0 ? null : (
              <p>
                {count(inStore, "key")} in {storeLabel} {inStore === 1 ? "is" : "are"} not as revision {revision} saved{" "}
                {inStore === 1 ? "it" : "them"}.{pinsValues ? " Deployments go on using the saved values." : ""}
              </p>
            )}
            {inStore === drift.length ? null : (
              <p>
                The cluster is not as revision {deployed} was deployed: {count(drift.length - inStore, "change")}.
              </p>
            )}
            <div className="import-rows" tabIndex={0} role="group" aria-label="Keys that differ">
              <table className="table" aria-label="Keys that differ">
                <thead>
                  <tr>
                    <th scope="col">Take</th>
                    <th scope="col">Key</th>
                    <th scope="col">What is there</th>
                  </tr>
                </thead>
                <tbody>
                  {drift.map((entry) => (
                    <tr key={idOf(entry)}>
                      <td>
                        <input
                          type="checkbox"
                          className="tick"
                          aria-label={`Take ${nameOf(entry)}`}
                          checked={chosen.has(idOf(entry))}
                          onChange={(event) => choose(idOf(entry), event.target.checked)}
                        />
                      </td>
                      <th scope="row">{entry.key === null ? nameOf(entry) : <code>{entry.key}</code>}</th>
                      <td data-label="What is there">
                        <State tone={entry.kind === "foreign" ? "warn" : "bad"}>
                          {places[entry.place]}: {kinds[entry.kind]}
                        </State>
                        <span className="row-note">
                          <Words text={entry.message} />
                        </span>
                        {entry.at === null ? null : (
                          <span className="row-note">
                            {entry.by === null ? null : <>By {entry.by}, </>}
                            <Ago at={entry.at} />
                          </span>
                        )}
                        {entry.overwrite === "cluster" ? (
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
              put back, in app-secrets those that were deployed; nothing restarts by that.
            </p>
          </>
        )}
        {busy === null ? null : <p role="status">Saving: {Math.floor(share * 100)} %</p>}
        {error === null ? null : <Problem error={error} />}
        {isBehind ? (
          <Banner tone="warn">
            <p>
              <strong>
                Somebody saved meanwhile: the newest revision is {revision}, not {lookedAt}.
              </strong>{" "}
              Look at the drift again, then decide.
            </p>
            <Button small onClick={() => void lookAgain()}>
              Look again
            </Button>
          </Banner>
        ) : null}
        <div className="form-end">
          {drift.length === 0 ? null : (
            <>
              <Button
                kind="main"
                busy={busy === "adopt"}
                reason={
                  busy !== null
                    ? "One after the other."
                    : (none ??
                      (whole.length > 0 ? "A Secret as a whole is only overwritten." : null) ??
                      (risky.length > 0 && !isMeant ? "Say that the risky names are meant." : null))
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
                    : (none ?? (lost.length > 0 ? `Nothing can be put back for ${lost.join(", ")}.` : null))
                }
                onClick={() => void resolve("overwrite")}
              >
                {taken.length === 0 ? "Overwrite" : `Overwrite ${count(taken.length, "key")}`}
              </Button>
            </>
          )}
          <Cancel data-first>{drift.length === 0 ? "Close" : "Cancel"}</Cancel>
        </div>
      </div>
    </Dialog>
  );
};
