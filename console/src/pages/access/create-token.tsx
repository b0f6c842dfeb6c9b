import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { CreateForm } from "../../forms/create-form.tsx";
import { usePasswordAgain } from "../../forms/password-again.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { problemOf } from "../../ui/problem.tsx";

const Made = ({
  name,
  text,
  onClose,
}: {
  readonly name: string;
  readonly text: string;
  readonly onClose: () => void;
}) => (
  <div className="stack tight">
    <Banner tone="warn" role="alert">
      <p>
        <strong>This is the only time it is shown.</strong> Copy {name} now; Keyroll keeps only a hash of it.
      </p>
    </Banner>
    <CodeBlock label="Token" text={text} />
    <div>
      <Button kind="main" onClick={onClose} data-first>
        Done
      </Button>
    </div>
  </div>
);

/** Makes a token and shows it once: its text is in this dialog's memory, and gone with it. */
export const CreateToken = ({ onClose }: { readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const again = usePasswordAgain();
  const create = useMutation({
    mutationFn: async () => await again.run(async () => await client.call("tokens.create", { body: { name, days } })),
    // The answer holds a credential: it goes with the dialog.
    gcTime: 0,
    onSuccess: async () => await queries.invalidateQueries({ queryKey: keys.tokens }),
  });
  const about = (field: string): string | null => problemOf(create.error, field);
  if (create.data !== undefined)
    return (
      <Dialog title="The new token">
        <Made name={create.data.token.name} text={create.data.text} onClose={onClose} />
      </Dialog>
    );
  // Closed while it is made, the dialog would take the only sight of it along.
  return (
    <Dialog title="New token" onClose={onClose} busy={create.isPending}>
      <CreateForm create={create} isSaid={about("name") !== null || about("days") !== null || again.says(create.error)}>
        <Field
          label="Name"
          hint="What will use it, such as the pipeline's name. It stands beside everything that it does."
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          autoComplete="off"
          required
          problem={about("name")}
          data-first
        />
        <Field
          label="Days"
          hint="1 to 90. Then it ends."
          type="number"
          inputMode="numeric"
          min={1}
          max={90}
          value={Number.isNaN(days) ? "" : days}
          onChange={(event) => setDays(event.target.valueAsNumber)}
          required
          problem={about("days")}
        />
        {again.field(create.error)}
      </CreateForm>
    </Dialog>
  );
};
