import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../client.ts";
import { signedIn } from "../../session.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";

/** Name and password. With `fixedName` only this person can go on. */
export const LoginForm = ({ fixedName }: { readonly fixedName?: string }) => {
  const queries = useQueryClient();
  const [name, setName] = useState(fixedName ?? "");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: async () => await client.call("access.login", { body: { name, password } }),
    onSuccess: async () => {
      setPassword("");
      signedIn();
      await queries.invalidateQueries();
    },
  });
  return (
    <Form className="form" busy={login.isPending} onSubmit={() => login.mutate()}>
      <Field
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="username"
        readOnly={fixedName !== undefined}
        required
      />
      <Field
        label="Password"
        type="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        autoComplete="current-password"
        required
        {...(fixedName === undefined ? {} : { "data-first": true })}
      />
      {login.error === null ? null : <Problem error={login.error} />}
      <div className="form-end">
        <Button submit kind="main">
          Sign in
        </Button>
      </div>
    </Form>
  );
};
