import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys } from "../../client.ts";
import {
  ClusterFields,
  clusterBody,
  emptyConnection,
  storeBody,
  StoreChoice,
  type ClusterKind,
} from "../../forms/connection-fields.tsx";
import { CreateForm, NameField } from "../../forms/create-form.tsx";
import { to } from "../../paths.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { useStores } from "./stores.ts";

interface CreateProps {
  readonly kind: ClusterKind;
  /** The deployment type that somebody is on the way to; the connection's page then offers the next step. */
  readonly then: string | null;
  readonly onClose: () => void;
}

export const CreateConnection = ({ kind, then, onClose }: CreateProps) => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const stores = useStores();
  const [name, setName] = useState("");
  const [form, setForm] = useState(() => emptyConnection(kind));
  const create = useMutation({
    mutationFn: async () =>
      await client.call("connections.create", {
        body: {
          name,
          cluster: clusterBody(form),
          store: storeBody(form, stores.data ?? []),
          acceptCost: form.acceptsCost,
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.connections });
      await navigate(to.connection(name, then ?? undefined));
    },
  });
  const about = (field: string): string | null => problemOf(create.error, field);
  return (
    <Dialog title="New connection" onClose={onClose} busy={create.isPending}>
      <CreateForm
        create={create}
        isSaid={about("name") !== null || about("kubeconfig") !== null}
        isLoading={stores.data === undefined || form.reading > 0}
      >
        <NameField name={name} onChange={setName} problem={about("name")} />
        <ClusterFields form={form} onChange={setForm} problemOf={about} />
        <StoreChoice form={form} onChange={setForm} problemOf={about} stores={stores.data ?? []} />
        {stores.error === null ? null : <Problem error={stores.error} />}
      </CreateForm>
    </Dialog>
  );
};
