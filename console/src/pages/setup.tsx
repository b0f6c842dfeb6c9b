import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../api.ts";
import { Field } from "../ui/field.tsx";
import { Problem, problemOf } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";

/** Behind the # of the link: browsers do not send it, so no log and no proxy has it. */
const codeOf = (): string => globalThis.location.hash.slice(1);

export const SetupPage = () => {
  useTitle("Set up");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code] = useState(codeOf);
  const setup = useMutation({
    mutationFn: async () => await client.call("access.setup", { body: { code, name, password } }),
    onSuccess: () => globalThis.location.replace("/"),
  });
  const aboutName = problemOf(setup.error, "name");
  const aboutPassword = problemOf(setup.error, "password");
  return (
    <>
      <header className="bar">
        <span className="brand">Keyroll</span>
      </header>
      <main id="content" className="narrow">
        <h1>The first Administrator</h1>
        {code === "" ? (
          <div className="notice warn" role="alert">
            <p>
              <strong>The link is not whole.</strong> Its code stands behind the #. Copy it again from the server's
              terminal.
            </p>
          </div>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setup.mutate();
            }}
          >
            <p>You will sign in with this name and password, here and for the command line.</p>
            <Field
              label="Name"
              hint="Such as your e-mail address. It stands beside everything that you save or deploy."
              value={name}
              onChange={(event) => setName(event.target.value)}
              autoComplete="username"
              maxLength={200}
              required
              problem={aboutName}
            />
            <Field
              label="Password"
              hint="At least 12 characters; any characters."
              type="password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              autoComplete="new-password"
              minLength={12}
              required
              problem={aboutPassword}
            />
            {setup.error === null || aboutName !== null || aboutPassword !== null ? null : (
              <Problem error={setup.error} />
            )}
            <button type="submit" className="main" disabled={setup.isPending}>
              {setup.isPending ? "Setting up…" : "Set up and sign in"}
            </button>
          </form>
        )}
      </main>
    </>
  );
};
