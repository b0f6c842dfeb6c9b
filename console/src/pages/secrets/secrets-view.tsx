import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Environment } from "../../client.ts";
import { changesOf } from "../../drafts/changes.ts";
import { checkDrafts } from "../../drafts/check.ts";
import { savedKeys } from "../../drafts/draft.ts";
import { addKey } from "../../drafts/edit.ts";
import { useDrafts } from "../../drafts/store.ts";
import { later } from "../../later.ts";
import { useStatus } from "../../queries.ts";
import { useNow } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Loading } from "../../ui/loading.tsx";
import { say } from "../../ui/toast.tsx";
import { DraftBar } from "./draft-bar.tsx";
import { Grid } from "./grid.tsx";
import { loadOpened, Opened } from "./opened.tsx";
import { usePageDrop } from "./page-drop.ts";
import { heldBy } from "../environment/held.ts";
import { PlaceContext } from "./place.ts";
import { countsOf, filterRows, isFilter, readersOf, rowsOf, type Filter } from "./rows.ts";
import { RowEditor } from "./row-editor.tsx";
import { SecretsHead } from "./secrets-head.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { Toolbar } from "./toolbar.tsx";
import { useOpened } from "./use-place.ts";
import { usePreflight } from "./use-page.ts";

const { Part: EmptySecrets } = later(async () => (await import("./empty-secrets.tsx")).EmptySecrets);
const { Part: KeyDetails, load: loadKeyDetails } = later(async () => (await import("./key-details.tsx")).KeyDetails);

interface ViewProps {
  readonly app: string;
  readonly env: string;
  readonly environment: Environment;
  readonly list: ReplyOf<Routes["secrets.list"]>;
  /** Why nothing can be saved here, or null. */
  readonly readOnly: string | null;
  /** Why nothing can be saved now, though it can be drafted; or null. */
  readonly held: string | null;
}

/** "Deploying 42 restarts api and worker; drafts are not part of it." */
const deploymentSentence = (revision: number, isLive: boolean, workloads: readonly string[]): string => {
  if (revision === 0 || isLive) return "";
  const who = workloads.length === 0 ? "" : ` restarts ${workloads.join(" and ")};`;
  return workloads.length === 0
    ? `Deploying ${revision} takes no draft along.`
    : `Deploying ${revision}${who} drafts are not part of it.`;
};

export const SecretsView = ({ app, env, environment, list, readOnly, held }: ViewProps) => {
  const { history, drafts } = useDrafts(app, env);
  const { place, opened, setOpened, asking, setAsking, openKey, params, changeParams } = useOpened(
    app,
    env,
    environment,
  );
  const { data: status, error: statusError } = useStatus(app, env);
  const heldNow = held ?? heldBy(environment, [statusError]);
  const preflight = usePreflight(app, env, environment, list.revision).data;
  const now = useNow();
  const [text, setText] = useState("");
  const [isAdding, setIsAdding] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  const isReadOnly = readOnly !== null;

  const saved = useMemo(() => savedKeys(list), [list]);
  useEffect(() => drafts.rebase(saved), [drafts, saved]);
  useEffect(() => {
    // After the page's own first paint; what fails now is loaded when it is needed.
    const timer = setTimeout(() => void Promise.all([loadKeyDetails(), loadOpened()]).catch(() => undefined), 500);
    return () => clearTimeout(timer);
  }, []);

  const store = useMemo(
    () => ({
      label: environment.store.label,
      valueBytes: list.limits.valueBytes,
      larger: list.limits.larger,
    }),
    [environment.store.label, list.limits.valueBytes, list.limits.larger],
  );
  const verdict = useMemo(() => checkDrafts(history.now, saved, store), [history, saved, store]);
  const rows = useMemo(
    () => rowsOf({ secrets: list.secrets, drafts: history.now, preflight, now }),
    [list, history, preflight, now],
  );
  const changes = useMemo(() => changesOf(history.now, saved), [history, saved]);
  const counts = useMemo(() => countsOf(rows), [rows]);
  const chip = params.get("filter");
  const filter: Filter = isFilter(chip) ? chip : "all";
  const shown = useMemo(() => new Set(filterRows(rows, filter, text).map(({ id }) => id)), [rows, filter, text]);

  const open = openKey === null ? undefined : rows.find(({ id, key }) => id === openKey || key === openKey);
  const add = useCallback((): void => {
    if (!isReadOnly) setIsAdding(true);
  }, [isReadOnly]);
  const review = (): void => {
    if (history.now.rows.size > 0) setOpened({ what: "review", wantsDeploy: false });
    else say("There are no drafts to review.");
  };
  useShortcuts({
    filter: () => filterInput.current?.focus(),
    add,
    review,
    help: () => setOpened({ what: "help" }),
  });
  const isOver = usePageDrop(!isReadOnly && opened === null, { onText: place.openImport, onRefused: setRefused });

  const pending = new Set(
    list.secrets.filter(({ state }) => state === "saved" || state === "removed").map(({ key }) => key),
  );
  const isEmpty = rows.length === 0 && !isAdding;
  const overlapping = [...history.now.rows.values()].filter(({ overlap }) => overlap !== null).length;
  const mistaken = [...verdict.problems].filter(([, all]) => all.some(({ rule }) => rule !== "risky-key")).length;
  return (
    <PlaceContext value={place}>
      <SecretsHead environment={environment} status={status} pairs={verdict.pairs} totalBytes={verdict.totalBytes} />
      {readOnly === null ? null : (
        <Banner tone="warn" icon="lock" role="none">
          <p>{readOnly}</p>
        </Banner>
      )}
      {environment.settings.onSave ? (
        <Banner role="none">
          <p>This environment deploys after each save.</p>
        </Banner>
      ) : null}
      {refused === null ? null : (
        <Banner tone="warn" role="alert">
          <p>{refused}</p>
        </Banner>
      )}
      {verdict.general.map(({ message }) => (
        <Banner tone="bad" role="alert" key={message}>
          <p>{message}</p>
        </Banner>
      ))}
      {openKey !== null && open === undefined && list.secrets.length > 0 ? (
        <Banner role="status">
          <p>
            <code>{openKey}</code> is not in this environment.
          </p>
        </Banner>
      ) : null}
      {isEmpty ? (
        <Suspense fallback={<Loading what="the secrets" rows={6} />}>
          <EmptySecrets
            app={app}
            env={env}
            onAdd={add}
            onPaste={() => setOpened({ what: "import", text: "", fileName: null })}
            onCopy={() => setOpened({ what: "copy" })}
          />
        </Suspense>
      ) : (
        <>
          <Toolbar
            filter={filter}
            counts={counts}
            shown={shown.size}
            isReadOnly={isReadOnly}
            hasOthers={environment.store.kind !== "local" || environment.type !== "process"}
            filterInput={filterInput}
            onFilter={(next) =>
              changeParams(
                (newest) => {
                  if (next === "all") newest.delete("filter");
                  else newest.set("filter", next);
                },
                { replace: true },
              )
            }
            onText={setText}
            onAdd={add}
            onOpen={(what) => setOpened(what === "paste" ? { what: "import", text: "", fileName: null } : { what })}
          />
          <Grid
            rows={rows}
            shown={shown}
            verdict={verdict}
            hasUse={environment.type === "helm"}
            knowsUse={preflight !== undefined}
            isReadOnly={isReadOnly}
            openId={open?.id ?? null}
            details={
              open === undefined ? null : (
                <Suspense fallback={<Loading what="the details" rows={6} />}>
                  <KeyDetails key={open.id} row={open} isReadOnly={isReadOnly} />
                </Suspense>
              )
            }
            adding={
              isAdding ? (
                <tr role="row" data-kind="adding">
                  <RowEditor
                    id={null}
                    keyName=""
                    hasValue={false}
                    first="key"
                    onCancel={() => setIsAdding(false)}
                    onEditor={(key, value, begunAt) => {
                      setIsAdding(false);
                      place.openEditor(`new:${key}`, value, begunAt);
                    }}
                    onDone={(key, value, begunAt) => {
                      setIsAdding(false);
                      place.focusRow(`+${history.now.next}`);
                      drafts.edit(`add ${key}`, (all) => addKey(all, key, value), begunAt);
                    }}
                  />
                </tr>
              ) : null
            }
          />
          {shown.size === 0 && !isAdding ? (
            <p className="quiet nothing-left" role="status">
              No key matches the filter.
            </p>
          ) : null}
        </>
      )}
      <DraftBar
        history={history}
        changes={changes}
        deployment={deploymentSentence(
          list.revision,
          pending.size === 0,
          environment.type === "helm" ? readersOf(preflight, pending) : [],
        )}
        problems={mistaken}
        overlaps={overlapping}
        held={heldNow}
        onReview={review}
        onSaveAndDeploy={() => setOpened({ what: "review", wantsDeploy: true })}
      />
      {isOver ? <div className="drop-here">Drop the file: you see what it becomes first.</div> : null}
      <Opened
        opened={opened}
        asking={asking}
        history={history}
        verdict={verdict}
        saved={saved}
        list={list}
        environment={environment}
        preflight={preflight}
        isReadOnly={isReadOnly}
        held={heldNow}
        onOpen={setOpened}
        onAsk={setAsking}
      />
    </PlaceContext>
  );
};
