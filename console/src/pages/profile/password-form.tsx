import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../client.ts";
import { useMe } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";

const empty = { current: "", next: "" };

/** A new password; every other session of this member ends with the old one. */
export const PasswordForm = () => {
  const queries = useQueryClient();
  const name = useMe().data?.me?.name ?? "";
  const [typed, setTyped] = useState(empty);
  const change = useMutation({
    mutationFn: async () => await client.call("access.password", { body: typed }),
    onSuccess: async ({ ended }) => {
      setTyped(empty);
      say(
        `The password is changed. ${ended === 0 ? "No other session was open." : `${ended} other ${ended === 1 ? "session" : "sessions"} ended.`}`,
      );
      await queries.invalidateQueries();
    },
  });
  const aboutNext = problemOf(change.error, "next");
  return (
    <Form className="form narrow" busy={change.isPending} onSubmit={() => change.mutate()}>
      {/* For password managers: whose password it is. */}
      <input type="text" value={name} autoComplete="username" readOnly hidden />
      <Field
        label="Password now"
        type="password"
        value={typed.current}
        onChange={(event) => setTyped({ ...typed, current: event.target.value })}
        autoComplete="current-password"
        required
      />
      <Field
        label="New password"
        hint="At least 12 characters; any characters."
        type="password"
        value={typed.next}
        onChange={(event) => setTyped({ ...typed, next: event.target.value })}
        autoComplete="new-password"
        minLength={12}
        required
        problem={aboutNext}
      />
      {change.error === null || aboutNext !== null ? null : <Problem error={change.error} />}
      <div className="form-end">
        <Button submit kind="main">
          Change the password
        </Button>
      </div>
    </Form>
  );
};
