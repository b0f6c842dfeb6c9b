import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import type { Drafts, SavedKeys } from "../../drafts/draft.ts";
import { applyImport } from "../../drafts/import.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { useApps, useEnvironments } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { sayLeftUndone } from "./left-undone.ts";
import { usePlace } from "./place.ts";
import { valueOfReply } from "./reveal.ts";

interface CopyProps {
  readonly drafts: Drafts;
  readonly saved: SavedKeys;
  readonly onClose: () => void;
}

/** Keys of another environment here: copied by the server, or as drafts; either way nobody sees them. */
export const CopyDialog = ({ drafts, saved, onClose }: CopyProps) => {
  const place = usePlace();
  const queries = useQueryClient();
  const [app, setApp] = useState(place.app);
  const [env, setEnv] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const apps = useApps();
  const environments = useEnvironments(app);
  const source = useQuery({
    queryKey: keys.part(app, env, "secrets"),
    queryFn: async () => await client.call("secrets.list", { params: { app, env } }),
    enabled: env !== "",
  });
  const others = (environments.data ?? []).filter(({ name }) => app !== place.app || name !== place.env);
  const rows = (source.data?.secrets ?? []).filter(({ state }) => state !== "removed");
  const isHere = (key: string): boolean =>
    saved.byKey.has(key) || [...drafts.rows.values()].some((draft) => draft.key === key && !draft.removed);
  // What is missing here is what one comes for.
  const taken = chosen ?? new Set(rows.filter(({ key }) => !isHere(key)).map(({ key }) => key));
  const choose = (key: string, isTaken: boolean): void => {
    const next = new Set(taken);
    if (isTaken) next.add(key);
    else next.delete(key);
    setChosen(next);
  };
  const pass = (go: (reason: { readonly reason?: string }) => Promise<void>): void => {
    setError(null);
    place.passDoor({
      what: `Copy ${taken.size} values of ${env}`,
      isProduction: place.isProduction || others.some(({ name, kind }) => name === env && kind === "production"),
      go: async (reason) => {
        setIsBusy(true);
        await go(reason).finally(() => setIsBusy(false));
      },
      onFail: setError,
    });
  };
  /** The server copies them: no value comes into this page. */
  const fill = async (reason: { readonly reason?: string }): Promise<void> => {
    const reply = await client.call("secrets.fill", {
      params: { app: place.app, env: place.env },
      body: { from: { app, env }, keys: [...taken], message: `Copied from ${app}/${env}`, ...reason },
      ifMatch: saved.revision,
    });
    say(
      reply.changed
        ? `${taken.size} keys of ${env} are saved as revision ${reply.revision}.`
        : "No value differs: nothing was saved.",
    );
    sayLeftUndone(reply);
    await queries.invalidateQueries({ queryKey: keys.environment(place.app, place.env) });
    onClose();
  };
  const draft = async (reason: { readonly reason?: string }): Promise<void> => {
    const { values } = await client.call("secrets.bundle", {
      params: { app, env },
      body: { of: "saved", only: [...taken], purpose: "edit", ...reason },
    });
    const given = Object.entries(values).map(([key, value]) => ({ key, value: valueOfReply(value) }));
    place.drafts.edit(`copy ${given.length} keys from ${env}`, (all) => applyImport(all, saved, given));
    say(`${given.length} keys of ${env} are drafts now.`, place.drafts.takeBack());
    onClose();
  };
  const nothing = taken.size === 0 ? "Choose keys first." : null;
  return (
    <Dialog title="Copy from another environment" onClose={onClose} busy={isBusy} wide>
      <Form className="stack tight" busy={isBusy} reason={nothing} onSubmit={() => pass(fill)}>
        <div className="row top">
          <Select
            label="App"
            value={app}
            options={(apps.data ?? [{ name: app }]).map(({ name }) => ({ value: name, label: name }))}
            onChange={(event) => {
              setApp(event.target.value);
              setEnv("");
              setChosen(null);
            }}
          />
          <Select
            label="Environment"
            value={env}
            data-first
            options={[
              {
                value: "",
                label: environments.isSuccess && others.length === 0 ? "There is no other" : "Choose one",
                disabled: true,
              },
              ...others.map(({ name }) => ({ value: name, label: name })),
            ]}
            onChange={(event) => {
              setEnv(event.target.value);
              setChosen(null);
            }}
          />
        </div>
        {environments.error === null ? null : <Problem error={environments.error} />}
        {source.error === null ? null : <Problem error={source.error} retry={() => void source.refetch()} />}
        {env !== "" && source.isPending ? <Loading what="the keys" rows={4} /> : null}
        {source.data === undefined ? null : rows.length === 0 ? (
          <p>Nothing is saved in {env}.</p>
        ) : (
          <fieldset className="copy-keys">
            <legend>Keys of {env}</legend>
            {rows.map((row) => (
              <label key={row.key} className="copy-key">
                <input
                  type="checkbox"
                  className="tick"
                  checked={taken.has(row.key)}
                  onChange={(event) => choose(row.key, event.target.checked)}
                />
                <code>{row.key}</code>
                <span className="quiet small">
                  {sizeAndLines(row)}
                  {isHere(row.key) ? "; exists here" : ""}
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <p className="quiet small">
          Recorded here and there. Copied at once, they are a new revision of {place.env} and no value comes into this
          page.
        </p>
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            {taken.size === 0 ? "Copy" : `Copy ${taken.size} ${taken.size === 1 ? "key" : "keys"}`}
          </Button>
          <Button busy={isBusy} reason={nothing} onClick={() => pass(draft)}>
            Make drafts of them
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
