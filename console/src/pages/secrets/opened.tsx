import type { ReplyOf, Routes } from "@keyroll/contract";
import { Suspense, useState } from "react";
import type { Environment } from "../../client.ts";
import type { Verdict } from "../../drafts/check.ts";
import { draftOf, type SavedKeys } from "../../drafts/draft.ts";
import { addKey, renameKey, setValue } from "../../drafts/edit.ts";
import type { History } from "../../drafts/history.ts";
import { later } from "../../later.ts";
import { usePlace, type Door } from "./place.ts";
import { askValue } from "./reveal.ts";
import { readersOf } from "./rows.ts";
import type { Opened as Open } from "./use-place.ts";

// What opens over the page comes after it, before anybody opens it.
const { Part: Review, load: loadReview } = later(async () => (await import("./review.tsx")).Review);
const { Part: EditorDialog, load: loadEditorDialog } = later(
  async () => (await import("./editor-dialog.tsx")).EditorDialog,
);
const { Part: ImportDialog, load: loadImportDialog } = later(
  async () => (await import("./import-dialog.tsx")).ImportDialog,
);
const { Part: PathDialog, load: loadPathDialog } = later(async () => (await import("./path-dialog.tsx")).PathDialog);
const { Part: HistoryDialog, load: loadHistoryDialog } = later(
  async () => (await import("./history-dialog.tsx")).HistoryDialog,
);
const { Part: CopyDialog, load: loadCopyDialog } = later(async () => (await import("./copy-dialog.tsx")).CopyDialog);
const { Part: DriftDialog, load: loadDriftDialog } = later(
  async () => (await import("./drift-dialog.tsx")).DriftDialog,
);
const { Part: ExportDialog, load: loadExportDialog } = later(
  async () => (await import("./export-dialog.tsx")).ExportDialog,
);
const { Part: DoorDialog, load: loadDoorDialog } = later(async () => (await import("./door-dialog.tsx")).DoorDialog);
const { Part: HelpDialog, load: loadHelpDialog } = later(async () => (await import("./help-dialog.tsx")).HelpDialog);

/** Loads what may be opened, once the page itself stands. */
export const loadOpened = async (): Promise<void> => {
  await Promise.all([loadReview(), loadEditorDialog(), loadImportDialog(), loadHistoryDialog(), loadCopyDialog()]);
  await Promise.all([loadExportDialog(), loadHelpDialog(), loadDoorDialog(), loadPathDialog(), loadDriftDialog()]);
};

/** Whether the store's account has a Parameter Store to import from. */
const isInAws = ({ store }: Environment): boolean => store.kind.startsWith("aws-");

interface OpenedProps {
  readonly opened: Open;
  readonly asking: Door | null;
  readonly history: History;
  readonly verdict: Verdict;
  readonly saved: SavedKeys;
  readonly list: ReplyOf<Routes["secrets.list"]>;
  readonly environment: Environment;
  readonly preflight: ReplyOf<Routes["preflight.run"]> | undefined;
  readonly isReadOnly: boolean;
  readonly held: string | null;
  readonly onOpen: (opened: Open) => void;
  readonly onAsk: (asking: Door | null) => void;
}

/** The editor of one row: of a draft, of a saved key, or (`new:KEY`) of a key that has no row yet. */
const Editor = ({
  id,
  text,
  begunAt,
  history,
  saved,
  list,
  environment,
  onClose,
}: Pick<OpenedProps, "history" | "saved" | "list" | "environment"> & {
  readonly id: string;
  readonly text: string | null;
  readonly begunAt: number;
  readonly onClose: () => void;
}) => {
  const { app, env, drafts, passDoor, focusRow } = usePlace();
  const isNew = id.startsWith("new:");
  const draft = isNew ? null : draftOf(history.now, id);
  const name = isNew ? id.slice("new:".length) : (draft?.key ?? id);
  const from = draft?.from ?? null;
  const isSaved = from !== null && saved.byKey.has(from) && (draft?.value ?? null) === null;
  // An empty text of the row's field says nothing about the saved value.
  const known = text !== null && !(text === "" && (draft !== null || isNew)) ? text : (draft?.value ?? null);
  return (
    <EditorDialog
      keyName={name}
      isNew={isNew}
      value={known}
      load={
        isSaved && from !== null
          ? async () =>
              await new Promise((resolve, reject) => {
                const go = async (reason: { readonly reason?: string }): Promise<void> =>
                  resolve(await askValue({ app, env, key: from, ...reason }));
                passDoor({ what: `Load ${from}`, go, onFail: reject });
              })
          : null
      }
      valueBytes={list.limits.valueBytes}
      larger={list.limits.larger}
      storeLabel={environment.store.label}
      onClose={onClose}
      onDone={(key, value) => {
        focusRow(isNew ? `+${history.now.next}` : id);
        if (isNew) drafts.edit(`add ${key}`, (all) => addKey(all, key, value), begunAt);
        else drafts.edit(`change ${key}`, (all) => setValue(renameKey(all, id, key), id, value), begunAt);
        onClose();
      }}
    />
  );
};

export const Opened = (props: OpenedProps) => {
  const { opened, asking, history, verdict, saved, list, environment, preflight, isReadOnly, held, onOpen, onAsk } =
    props;
  const [reason, setReason] = useState("");
  const close = (): void => onOpen(null);
  const touched = new Set(
    [...history.now.rows.values()].flatMap(({ key, from }) => (from === null ? [key] : [key, from])),
  );
  const pending = list.secrets.filter(({ state }) => state === "saved" || state === "removed").map(({ key }) => key);
  const dialog = (() => {
    switch (opened?.what) {
      case undefined:
        return null;
      case "review":
        return (
          <Review
            history={history}
            verdict={verdict}
            saved={saved}
            held={held}
            secrets={list.secrets}
            restarts={preflight === undefined ? null : readersOf(preflight, new Set([...touched, ...pending]))}
            deploysOnSave={environment.settings.onSave}
            wantsDeploy={opened.wantsDeploy}
            removal={list.removal}
            onClose={close}
          />
        );
      case "editor":
        return (
          <Editor
            key={opened.id}
            id={opened.id}
            text={opened.text}
            begunAt={opened.begunAt}
            history={history}
            saved={saved}
            list={list}
            environment={environment}
            onClose={close}
          />
        );
      case "import":
        return (
          <ImportDialog
            text={opened.text}
            fileName={opened.fileName}
            drafts={history.now}
            saved={saved}
            onPath={isInAws(environment) ? () => onOpen({ what: "path" }) : null}
            onClose={close}
          />
        );
      case "path":
        return <PathDialog saved={saved} onClose={close} />;
      case "history":
        return (
          <HistoryDialog
            newest={list.revision}
            drafts={history.now.rows.size}
            isReadOnly={isReadOnly}
            onClose={close}
          />
        );
      case "copy":
        return <CopyDialog drafts={history.now} saved={saved} onClose={close} />;
      case "drift":
        return (
          <DriftDialog storeLabel={environment.store.label} pinsValues={list.removal.plainReaders} onClose={close} />
        );
      case "export":
        return <ExportDialog keys={saved.byKey.size} onClose={close} />;
      case "help":
        return <HelpDialog onClose={close} />;
      default:
        return opened satisfies undefined;
    }
  })();
  return (
    <Suspense fallback={null}>
      {dialog}
      {asking === null ? null : (
        <DoorDialog door={asking} before={reason} onReason={setReason} onClose={() => onAsk(null)} />
      )}
    </Suspense>
  );
};
