import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Connection } from "../../client.ts";
import { ClusterFields, clusterBody, emptyConnection, storeBody, StoreChoice } from "../../forms/connection-fields.tsx";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { useStores } from "./stores.ts";

const plain = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

/** Filled in with what is no credential. */
const formOf = (cluster: Connection["cluster"]) => {
  if (cluster.kind === "process") return emptyConnection("process");
  if (cluster.eks === undefined) return { ...emptyConnection("kubernetes"), cloudCluster: cluster.cloudCluster ?? "" };
  const { name, region, roleArn, externalId } = cluster.eks;
  const eks = { clusterName: name, region, roleArn: roleArn ?? "", externalId: externalId ?? "" };
  return { ...emptyConnection("eks"), eks };
};

interface ChangeProps {
  readonly connection: Connection;
  readonly onClose: () => void;
}

/** New credentials, or other settings of the store. A credential that is not given again stays. */
export const ChangeConnection = ({ connection, onClose }: ChangeProps) => {
  const queries = useQueryClient();
  const stores = useStores();
  const [form, setForm] = useState(() => ({
    ...formOf(connection.cluster),
    store: connection.store.kind,
    typed: Object.fromEntries(Object.entries(connection.store.settings).map(([name, value]) => [name, plain(value)])),
  }));
  const [part, setPart] = useState({ cluster: false, store: false });
  const change = useMutation({
    mutationFn: async () =>
      await client.call("connections.update", {
        params: { connection: connection.name },
        body: {
          ...(part.cluster ? { cluster: clusterBody(form) } : {}),
          ...(part.store ? { store: storeBody(form, stores.data ?? []), acceptCost: form.acceptsCost } : {}),
        },
      }),
    onSuccess: async () => {
      onClose();
      say(`${connection.name} is changed. Check it.`);
      await queries.invalidateQueries({ queryKey: keys.connections });
    },
  });
  const isBusy = change.isPending || form.reading > 0 || (part.store && stores.data === undefined);
  const reason = part.cluster || part.store ? null : "Choose what to change first.";
  const about = (field: string): string | null => problemOf(change.error, field);
  return (
    <Dialog title={`Change ${connection.name}`} onClose={onClose} busy={change.isPending}>
      <Form className="form" autoComplete="off" busy={isBusy} reason={reason} onSubmit={() => change.mutate()}>
        <Checkbox
          label="Cluster and credentials"
          hint="Another address or CA needs the credential again, in the same kubeconfig."
          checked={part.cluster}
          onChange={(event) => setPart({ ...part, cluster: event.target.checked })}
          data-first
        />
        {part.cluster ? <ClusterFields form={form} onChange={setForm} problemOf={about} /> : null}
        <Checkbox
          label="Secret store"
          hint="While environments have values there, only what leads to the same place: the tier, for one."
          checked={part.store}
          onChange={(event) => setPart({ ...part, store: event.target.checked })}
        />
        {part.store ? (
          <StoreChoice form={form} onChange={setForm} problemOf={about} stores={stores.data ?? []} />
        ) : null}
        {stores.error === null ? null : <Problem error={stores.error} />}
        {change.error === null ? null : <Problem error={change.error} />}
        <div className="form-end">
          <Button submit kind="main">
            Change it
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};
