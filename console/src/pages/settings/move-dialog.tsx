import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Environment } from "../../client.ts";
import { useConnections } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import type { Door } from "../secrets/place.ts";

interface MoveProps {
  readonly environment: Environment;
  readonly pass: (what: string, go: Door["go"], onFail: Door["onFail"]) => void;
  readonly onClose: () => void;
}

/** Where the values go, and how much of their history goes along; then how far it is. */
export const MoveDialog = ({ environment, pass, onClose }: MoveProps) => {
  const { app, name, connection, deployedRevision, savedRevision } = environment;
  const queries = useQueryClient();
  const connections = useConnections();
  const [to, setTo] = useState("");
  const [history, setHistory] = useState("1");
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const others = (connections.data ?? []).filter((one) => one.name !== connection);
  const count = Number(history);
  const missing =
    to === ""
      ? "Choose a connection first."
      : Number.isInteger(count) && count >= 1
        ? null
        : "Give a number from 1 on.";
  const move = async (reason: { readonly reason?: string }): Promise<void> => {
    setError(null);
    setShare(0);
    try {
      const { moved } = await client.call("environments.moveStore", {
        params: { app, env: name },
        body: { connection: to, history: count, ...reason },
        onProgress: (progress) => setShare(progress.share),
      });
      say(
        moved === null
          ? `From now on, ${to} keeps what is saved.`
          : `${moved.keys} keys are in the store of ${to} now.`,
      );
      onClose();
    } finally {
      setShare(null);
      await queries.invalidateQueries({ queryKey: keys.environment(app, name) });
    }
  };
  return (
    <Dialog title="Move to another store" onClose={onClose} busy={share !== null}>
      <Form
        className="form"
        autoComplete="off"
        busy={share !== null}
        reason={missing}
        onSubmit={() => pass("Move the values", move, setError)}
      >
        <p>
          The values are copied with their revisions' numbers and compared byte for byte; then {name} uses the copy. The
          old one in {connection} stays until you drop it. Nothing can be saved or deployed meanwhile.
        </p>
        <Select
          label="Connection"
          hint="One to the same cluster."
          data-first
          value={to}
          options={[
            {
              value: "",
              label: connections.isSuccess && others.length === 0 ? "There is no other" : "Choose one",
              disabled: true,
            },
            ...others.map((one) => ({ value: one.name, label: `${one.name} (${one.store.kind})` })),
          ]}
          onChange={(event) => setTo(event.target.value)}
        />
        <Field
          label="Newest revisions to take along"
          hint={
            deployedRevision === null || deployedRevision === savedRevision
              ? "Older ones cannot be restored once the old copy is dropped."
              : `Those from the deployed one (${deployedRevision}) on go along anyway. Older ones cannot be restored once the old copy is dropped.`
          }
          inputMode="numeric"
          value={history}
          onChange={(event) => setHistory(event.target.value)}
        />
        {share === null ? null : <p role="status">Moving: {Math.floor(share * 100)} %</p>}
        {error === null ? null : <Problem error={error} />}
        <div className="form-end">
          <Button submit kind="main">
            Move
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
