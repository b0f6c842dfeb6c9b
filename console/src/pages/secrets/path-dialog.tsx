import type { ReplyOf, Routes } from "@keyroll/contract";
import { isRiskyKey } from "@keyroll/pairs";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, isCode, keys } from "../../client.ts";
import type { SavedKeys } from "../../drafts/draft.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { Words } from "../../ui/words.tsx";
import { ImportTable } from "./import-table.tsx";
import { usePlace } from "./place.ts";

interface PathProps {
  readonly saved: SavedKeys;
  readonly onClose: () => void;
}

type Plan = ReplyOf<Routes["secrets.import"]>;

const counted = (n: number): string => `${n} ${n === 1 ? "key" : "keys"}`;

/** Parameters of a path become keys here: the server reads and saves them, and no value comes into this page. */
export const PathDialog = ({ saved, onClose }: PathProps) => {
  const { app, env } = usePlace();
  const queries = useQueryClient();
  const [path, setPath] = useState("");
  const [region, setRegion] = useState("");
  const [isRenaming, setIsRenaming] = useState(false);
  const [isReplacing, setIsReplacing] = useState(false);
  const [isMeant, setIsMeant] = useState(false);
  const [plan, setPlan] = useState<(Plan & { readonly base: number }) | null>(null);
  const [busy, setBusy] = useState<"looking" | "saving" | null>(null);
  const [share, setShare] = useState(0);
  const [error, setError] = useState<unknown>(null);

  const from = {
    ssmPath: path.trim(),
    shellNames: isRenaming,
    ...(region.trim() === "" ? {} : { region: region.trim() }),
  };
  /** What was looked at is no longer what would be saved. */
  const anew = (set: () => void): void => {
    set();
    setPlan(null);
    setError(null);
  };
  const run = async (what: "looking" | "saving", go: () => Promise<void>): Promise<void> => {
    setBusy(what);
    setShare(0);
    setError(null);
    try {
      await go();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(null);
    }
  };
  const look = async (replace = isReplacing): Promise<void> =>
    await run("looking", async () => {
      const base = saved.revision;
      try {
        setPlan({ ...(await client.call("secrets.import", { params: { app, env }, body: { from, replace } })), base });
      } catch (thrown) {
        setPlan(null);
        throw thrown;
      }
    });

  const entries = plan?.entries ?? [];
  const given = new Set(entries.map(({ key }) => key));
  const removed = plan?.removed ?? [];
  const canReplace = plan !== null && (isReplacing || [...saved.byKey.keys()].some((key) => !given.has(key)));
  const risky = entries.filter(({ key, status }) => status === "new" && isRiskyKey(key)).map(({ key }) => key);
  /** What is not settled further down: names that are meant are ticked there. */
  const errors = (plan?.errors ?? []).filter(({ id }) => id !== "risky-key");
  const total = entries.filter(({ status }) => status !== "same").length + removed.length;
  const reason =
    plan === null
      ? path.trim() === ""
        ? "Give a path first."
        : null
      : errors.length > 0
        ? "Some parameters cannot be taken."
        : total === 0
          ? "Nothing differs."
          : risky.length > 0 && !isMeant
            ? "Say that the risky names are meant."
            : null;
  const save = async (base: number): Promise<void> =>
    await run("saving", async () => {
      const body = { from, apply: true, replace: isReplacing, confirmRisky: risky };
      const reply = await client
        .call("secrets.import", {
          params: { app, env },
          body,
          // What was looked at, not what came since: replacing removes what nobody here has seen, else.
          ifMatch: base,
          onProgress: (progress) => setShare(progress.share),
        })
        .catch((thrown: unknown) => {
          if (isCode(thrown, "revision_conflict")) setPlan(null);
          throw thrown;
        });
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      say(
        reply.saved?.changed === true
          ? `The parameters of ${from.ssmPath} are saved as revision ${reply.saved.revision}.`
          : "No value differs: nothing was saved.",
      );
      onClose();
    });
  return (
    <Dialog title="Import a path of Parameter Store" onClose={onClose} busy={busy === "saving"} wide>
      <Form
        className="stack tight"
        autoComplete="off"
        busy={busy !== null}
        reason={reason}
        onSubmit={() => void (plan === null ? look() : save(plan.base))}
      >
        <div className="row top">
          <Field
            label="Path"
            code
            data-first
            required
            placeholder="/shop/production"
            hint="What lies directly below it is read, with the AWS credentials of the server."
            value={path}
            onChange={(event) => anew(() => setPath(event.target.value))}
          />
          <Field
            label="Region"
            code
            placeholder="the store's own"
            value={region}
            onChange={(event) => anew(() => setRegion(event.target.value))}
          />
        </div>
        <Checkbox
          label="Take names that no shell can write under shell names: db-url as DB_URL"
          checked={isRenaming}
          onChange={(event) => anew(() => setIsRenaming(event.target.checked))}
        />
        {plan === null ? null : (
          <>
            <p role="status" className="dots">
              {(["new", "changed", "set", "same"] as const)
                .map((status) => [status, entries.filter((entry) => entry.status === status).length] as const)
                .filter(([, count]) => count > 0)
                .map(([status, count]) => (
                  <span key={status}>
                    {count} {status}
                  </span>
                ))}
              <span>{errors.length} invalid</span>
            </p>
            {plan.notices.map(({ id, message }) => (
              <p className="row-note" key={id}>
                <Words text={message} />.
              </p>
            ))}
            {errors.length === 0 ? null : (
              <ul className="import-errors" aria-label="Parameters that cannot be taken">
                {errors.map(({ id, message }) => (
                  <li key={`${id}${message}`} className="row-problem">
                    <Words text={message} />
                  </li>
                ))}
              </ul>
            )}
            <ImportTable label="Parameters of the path" rows={entries} />
            {canReplace ? (
              <Checkbox
                label="Replace: remove what the path does not have"
                hint={removed.length > 0 ? `Would be removed: ${removed.join(", ")}` : undefined}
                checked={isReplacing}
                onChange={(event) => {
                  if (busy !== null) return;
                  setIsReplacing(event.target.checked);
                  // Whether it fits is another question then, and the server's to answer.
                  void look(event.target.checked);
                }}
              />
            ) : null}
            {risky.length === 0 ? null : (
              <Checkbox
                label={`These names change what a process loads or trusts, and are meant: ${risky.join(", ")}`}
                checked={isMeant}
                onChange={(event) => setIsMeant(event.target.checked)}
              />
            )}
          </>
        )}
        {busy === "saving" ? <p role="status">Saving: {Math.floor(share * 100)} %</p> : null}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            {plan === null ? "Look" : total === 0 ? "Save" : `Save ${counted(total)}`}
          </Button>
          <Cancel />
          <span className="quiet small">Recorded with the path. The parameters stay as they are.</span>
        </div>
      </Form>
    </Dialog>
  );
};
