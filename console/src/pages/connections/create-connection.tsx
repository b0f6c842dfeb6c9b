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
import { to } from "../../paths.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { nameRule } from "../apps/create-app.tsx";
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
        body: { name, cluster: clusterBody(form), store: storeBody(form, stores.data ?? []) },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.connections });
      await navigate(to.connection(name, then ?? undefined));
    },
  });
  const about = (field: string): string | null => problemOf(create.error, field);
  return (
    <Dialog title="New connection" onClose={onClose}>
      <form
        className="form"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Field
          label="Name"
          hint={nameRule}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
          problem={about("name")}
          data-first
        />
        <ClusterFields form={form} onChange={setForm} problemOf={about} />
        <StoreChoice form={form} onChange={setForm} problemOf={about} stores={stores.data ?? []} />
        {stores.error === null ? null : <Problem error={stores.error} />}
        {create.error === null || about("name") !== null || about("kubeconfig") !== null ? null : (
          <Problem error={create.error} />
        )}
        <div className="form-end">
          <Button submit kind="main" busy={create.isPending}>
            Make it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
};
