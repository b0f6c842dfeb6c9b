import { useQueryClient } from "@tanstack/react-query";
import { keys } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { useTitle } from "../../ui/page-head.tsx";
import { LoginForm } from "./login-form.tsx";

const NotSetUp = () => {
  const queries = useQueryClient();
  return (
    <section className="narrow middle stack tight">
      <h1>Not set up yet</h1>
      <p>
        The server has printed a set-up link in its terminal. It makes the first Administrator; open it in this browser.
      </p>
      <p className="quiet">The link works once, for an hour. A restart of the server prints a new one.</p>
      <div>
        <Button onClick={() => void queries.invalidateQueries({ queryKey: keys.me })}>Look again</Button>
      </div>
    </section>
  );
};

export const LoginPage = ({ isSetUp }: { readonly isSetUp: boolean }) => {
  useTitle("Sign in");
  if (!isSetUp) return <NotSetUp />;
  return (
    <section className="narrow middle stack tight">
      <h1>Sign in</h1>
      <LoginForm />
    </section>
  );
};
