import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys } from "../../client.ts";
import { to } from "../../paths.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";

/** The rule of names of apps, environments and connections, in words. */
export const nameRule = "2 to 39 characters: a-z, 0-9 and -, beginning with a letter. It cannot change later.";

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
    <Dialog title="New app" onClose={onClose}>
      <form
        className="form"
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
          problem={aboutName}
          data-first
        />
        <Field
          label="Title"
          hint="For people; it can change. Empty: the name."
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          maxLength={100}
        />
        {create.error === null || aboutName !== null ? null : <Problem error={create.error} />}
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
