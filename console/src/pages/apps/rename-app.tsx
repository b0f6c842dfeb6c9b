import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, type App } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";

/** The name stays; the title is for people. */
export const RenameApp = ({ app, onClose }: { readonly app: App; readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const [title, setTitle] = useState(app.title);
  const change = async (next: string): Promise<void> => {
    await client.call("apps.update", { params: { app: app.name }, body: { title: next } });
    await queries.invalidateQueries();
  };
  const rename = useMutation({
    mutationFn: async (next: string) => {
      // Once it is changed, the app here has the new one.
      const before = app.title;
      await change(next);
      return before;
    },
    onSuccess: (before, sent) => {
      onClose();
      say(`The title is "${sent}".`, async () => await change(before));
    },
  });
  return (
    <Dialog title={`Title of ${app.name}`} onClose={onClose} busy={rename.isPending}>
      <Form className="form" busy={rename.isPending} onSubmit={() => rename.mutate(title)}>
        <Field
          label="Title"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          maxLength={100}
          required
        />
        {rename.error === null ? null : <Problem error={rename.error} />}
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
