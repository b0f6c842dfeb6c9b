import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Environment } from "../../client.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { DoorDialog } from "../secrets/door-dialog.tsx";
import type { Door } from "../secrets/place.ts";
import { MoveDialog } from "./move-dialog.tsx";

interface DialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** The old copy is given up by typing the environment's name. */
const DropDialog = ({ environment, onClose }: DialogProps) => {
  const { app, name, movedFrom } = environment;
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const drop = useMutation({
    mutationFn: async () =>
      await client.call("environments.dropOldStore", { params: { app, env: name }, body: { confirm: typed } }),
    onSuccess: () => {
      say(`The old copy in ${movedFrom?.connection ?? "the other store"} is gone.`);
      onClose();
    },
    // One that failed has begun all the same.
    onSettled: async () => await queries.invalidateQueries({ queryKey: keys.environment(app, name) }),
  });
  return (
    <Dialog title="Drop the old copy?" role="alertdialog" onClose={onClose} busy={drop.isPending}>
      <Form
        className="form"
        autoComplete="off"
        busy={drop.isPending}
        reason={typed === name ? null : `Type ${name} first.`}
        onSubmit={() => drop.mutate()}
      >
        <p>
          Its values and its history in {movedFrom?.connection} ({movedFrom?.label}) are destroyed. This cannot be
          undone.
        </p>
        <Field
          label={`Type ${name}`}
          code
          data-first
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {drop.error === null ? null : <Problem error={drop.error} />}
        <div className="form-end">
          <Button submit kind="danger main">
            Drop the old copy
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};

/** Runs what is a door to values: in production with a reason, and the password where that is long ago. */
export type Pass = (what: string, go: Door["go"], onFail: Door["onFail"]) => void;

const BackDialog = ({ environment, pass, onClose }: DialogProps & { readonly pass: Pass }) => {
  const { app, name, movedFrom } = environment;
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const back = async (reason: { readonly reason?: string }): Promise<void> => {
    setIsBusy(true);
    await client
      .call("environments.moveBack", { params: { app, env: name }, body: reason })
      .finally(() => setIsBusy(false));
    say(`The values are in ${movedFrom?.connection ?? "the old store"} again.`);
    onClose();
    await queries.invalidateQueries({ queryKey: keys.environment(app, name) });
  };
  return (
    <Dialog title="Switch back?" onClose={onClose} busy={isBusy}>
      <Form
        className="form"
        busy={isBusy}
        onSubmit={() => {
          setError(null);
          pass("Switch back", back, setError);
        }}
      >
        <p>
          The values are read from {movedFrom?.connection} again, as they were at revision {movedFrom?.revision}. The
          copy in {environment.connection} stays until it is dropped.
        </p>
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            Switch back
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};

/** The store of the environment, the way to another one, and what the last move has left behind. */
export const StoreOf = ({ environment }: { readonly environment: Environment }) => {
  const { connection, store, movedFrom, moving, savedRevision } = environment;
  const [open, setOpen] = useState<"move" | "drop" | "back" | null>(null);
  const [door, setDoor] = useState<Door | null>(null);
  const [reason, setReason] = useState("");
  const close = (): void => setOpen(null);
  const pass: Pass = (what, go, onFail) => {
    if (environment.kind === "production") setDoor({ what, go, onFail });
    else go({}).catch(onFail);
  };
  return (
    <div className="stack tight">
      <div className="row apart panel">
        <p className="grow">
          {store.label}, of connection {connection}.
        </p>
        <Button
          onClick={() => setOpen("move")}
          reason={
            moving
              ? "They are being moved now."
              : movedFrom === null
                ? null
                : movedFrom.dropping
                  ? "Drop the old copy first."
                  : "Drop the old copy first, or switch back."
          }
        >
          Move to another store
        </Button>
      </div>
      {moving ? (
        <Banner role="status">
          <p>The values are being moved to another store. Until that is over, nothing can be saved or deployed.</p>
        </Banner>
      ) : null}
      {movedFrom === null ? null : (
        <Banner role="none">
          <p>
            {movedFrom.dropping
              ? `The old copy in ${movedFrom.connection} (${movedFrom.label}) is being dropped. If it stays, drop it once more.`
              : `The last move left a copy in ${movedFrom.connection} (${movedFrom.label}), up to revision ${movedFrom.revision}.`}
          </p>
          <div className="row">
            {movedFrom.dropping ? null : (
              <Button
                small
                onClick={() => setOpen("back")}
                reason={savedRevision === movedFrom.revision ? null : `Revision ${savedRevision} was saved since.`}
              >
                Switch back
              </Button>
            )}
            <Button small kind="danger" onClick={() => setOpen("drop")}>
              Drop the old copy
            </Button>
          </div>
        </Banner>
      )}
      {open === "move" ? <MoveDialog environment={environment} pass={pass} onClose={close} /> : null}
      {open === "drop" ? <DropDialog environment={environment} onClose={close} /> : null}
      {open === "back" ? <BackDialog environment={environment} pass={pass} onClose={close} /> : null}
      {door === null ? null : (
        <DoorDialog door={door} before={reason} onReason={setReason} onClose={() => setDoor(null)} />
      )}
    </div>
  );
};
