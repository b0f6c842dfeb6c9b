import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../api.ts";
import { Field } from "../ui/field.tsx";
import { Problem } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";

export const LoginPage = ({ isSetUp }: { readonly isSetUp: boolean }) => {
  useTitle("Sign in");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: async () => await client.call("access.login", { body: { name, password } }),
    onSuccess: async () => {
      setPassword("");
      await queries.invalidateQueries();
    },
  });
  if (!isSetUp) {
    return (
      <section className="narrow">
        <h1>Not set up yet</h1>
        <p>
          The server has printed a set-up link in its terminal. It makes the first Administrator; open it in this
          browser.
        </p>
        <p className="quiet">The link works once, for an hour. A restart of the server prints a new one.</p>
        <button type="button" onClick={() => void queries.invalidateQueries({ queryKey: keys.me })}>
          Look again
        </button>
      </section>
    );
  }
  return (
    <section className="narrow">
      <h1>Sign in</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          login.mutate();
        }}
      >
        <Field
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="username"
          required
        />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
        {login.error === null ? null : <Problem error={login.error} />}
        <button type="submit" className="main" disabled={login.isPending}>
          Sign in
        </button>
      </form>
    </section>
  );
};
