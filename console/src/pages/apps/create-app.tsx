import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys } from "../../client.ts";
import { CreateForm, NameField } from "../../forms/create-form.tsx";
import { to } from "../../paths.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { problemOf } from "../../ui/problem.tsx";

interface CreateProps {
  /** The deployment type that somebody is on the way to: then the form of the environment comes next. */
  readonly type: string | null;
  readonly onClose: () => void;
}

export const CreateApp = ({ type, onClose }: CreateProps) => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const create = useMutation({
    mutationFn: async () =>
      await client.call("apps.create", { body: { name, ...(title.trim() === "" ? {} : { title }) } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.apps });
      await navigate(type === null ? to.app(name) : to.newEnvironment(name, type));
    },
  });
  const aboutName = problemOf(create.error, "name");
  return (
    <Dialog title="New app" onClose={onClose} busy={create.isPending}>
      <CreateForm create={create} isSaid={aboutName !== null}>
        <NameField name={name} onChange={setName} problem={aboutName} />
        <Field
          label="Title"
          hint="For people; it can change. Empty: the name."
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          maxLength={100}
        />
      </CreateForm>
    </Dialog>
  );
};
