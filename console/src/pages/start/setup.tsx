import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../client.ts";
import { to } from "../../paths.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { useTitle } from "../../ui/page-head.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import "../../frame/frame.css";

/** Behind the # of the link: browsers do not send it, so no log and no proxy has it. */
const codeOf = (): string => globalThis.location.hash.slice(1);

const SetupForm = ({ code }: { readonly code: string }) => {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const setup = useMutation({
    mutationFn: async () => await client.call("access.setup", { body: { code, name, password } }),
    // The code leaves the address and the history with it.
    onSuccess: () => globalThis.location.replace(to.apps()),
  });
  const aboutName = problemOf(setup.error, "name");
  const aboutPassword = problemOf(setup.error, "password");
  return (
    <Form className="form" busy={setup.isPending} onSubmit={() => setup.mutate()}>
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
      {setup.error === null || aboutName !== null || aboutPassword !== null ? null : <Problem error={setup.error} />}
      <div className="form-end">
        <Button submit kind="main">
          Set up and sign in
        </Button>
      </div>
    </Form>
  );
};

/** The one-time link of the server's terminal leads here. */
export const SetupPage = () => {
  useTitle("Set up");
  const [code] = useState(codeOf);
  return (
    <>
      <header className="bar">
        <span className="brand">Keyroll</span>
      </header>
      <main id="content" className="content">
        <section className="narrow middle stack tight">
          <h1>The first Administrator</h1>
          {code === "" ? (
            <Banner tone="warn" role="alert">
              <p>
                <strong>The link is not whole.</strong> Its code stands behind the #. Copy it again from the server's
                terminal.
              </p>
            </Banner>
          ) : (
            <>
              <p>You will sign in with this name and password, here and for the command line.</p>
              <SetupForm code={code} />
            </>
          )}
        </section>
      </main>
    </>
  );
};
