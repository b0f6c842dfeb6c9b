import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Cancel } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Problem } from "../ui/problem.tsx";

/** The rule of names of apps, environments and connections, in words. */
const nameRule = "2 to 39 characters: a-z, 0-9 and -, beginning with a letter. It cannot change later.";

interface CreateFormProps {
  readonly create: { readonly error: Error | null; readonly isPending: boolean; readonly mutate: () => void };
  /** Whether a field of the form says what is wrong; then the form does not say it again. */
  readonly isSaid: boolean;
  /** Whether what the form offers has not arrived yet: what nobody could see and choose is not sent. */
  readonly isLoading?: boolean;
  readonly children: ReactNode;
}

/** The form of a new thing, to stand in a dialog that is busy as long as it is made: the fields, what went wrong, and the two buttons. */
export const CreateForm = ({ create, isSaid, isLoading = false, children }: CreateFormProps) => {
  return (
    <Form className="form" autoComplete="off" busy={create.isPending || isLoading} onSubmit={create.mutate}>
      {children}
      {create.error === null || isSaid ? null : <Problem error={create.error} />}
      <div className="form-end">
        <Button submit kind="main">
          Make it
        </Button>
        <Cancel />
      </div>
    </Form>
  );
};

interface NameFieldProps {
  readonly name: string;
  readonly onChange: (name: string) => void;
  readonly problem: string | null;
}

/** The name of a new app, environment or connection: the first field of its form. */
export const NameField = ({ name, onChange, problem }: NameFieldProps) => (
  <Field
    label="Name"
    hint={nameRule}
    value={name}
    onChange={(event) => onChange(event.target.value)}
    autoComplete="off"
    autoCapitalize="off"
    spellCheck={false}
    required
    problem={problem}
    data-first
  />
);
