import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";

interface Scope {
  readonly app: string;
  readonly env: string;
}

const everything: Scope = { app: "", env: "" };

const queryOf = ({ app, env }: Scope) => ({ ...(app === "" ? {} : { app }), ...(env === "" ? {} : { env }) });

const titles = new Map([
  ["writer", "What Keyroll needs"],
  ["reader", "What a reader needs"],
  ["trust", "The role's trust policy"],
  ["assume", "What the server needs to assume the role"],
  ["charts", "What pulling charts from ECR needs"],
  ["cluster", "What Keyroll needs of the EKS cluster"],
  ["cluster-trust", "The trust policy of the cluster's role"],
  ["cluster-assume", "What the server needs to assume the cluster's role"],
]);

/** Names may be of what does not exist yet: rights come first. */
const Narrow = ({ error, onChange }: { readonly error: unknown; readonly onChange: (scope: Scope) => void }) => {
  const [typed, setTyped] = useState(everything);
  const names = [
    ["app", "App (optional)"],
    ["env", "Environment (optional)"],
  ] as const;
  return (
    <Form className="row end narrow" onSubmit={() => onChange({ app: typed.app.trim(), env: typed.env.trim() })}>
      {names.map(([name, label]) => (
        <div key={name} className="grow">
          <Field
            label={label}
            value={typed[name]}
            onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
            problem={problemOf(error, name)}
            maxLength={39}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            code
          />
        </div>
      ))}
      <Button submit>Narrow it</Button>
    </Form>
  );
};

/** The least rights that the account must give, to copy: for the whole connection, an app, or one environment. */
export const Policies = ({ connection }: { readonly connection: string }) => {
  const [scope, setScope] = useState(everything);
  const policies = useQuery({
    queryKey: keys.policies(connection, scope.app, scope.env),
    queryFn: async () => await client.call("connections.policies", { params: { connection }, query: queryOf(scope) }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const items = policies.data?.items ?? [];
  const isAtField = ["app", "env"].some((name) => problemOf(policies.error, name) !== null);
  // Most stores have none: then there is nothing to say here, and nothing that comes and goes while it is asked.
  if (items.length === 0 && policies.error === null) return null;
  return (
    <Section title="What AWS must allow">
      <div className="stack">
        <p className="quiet">
          Exactly what is called, where it is called, and nothing else. Narrowed to an app or an environment, it holds
          for that one alone.
        </p>
        <Narrow error={policies.error} onChange={setScope} />
        {policies.error === null || isAtField ? null : (
          <Problem error={policies.error} retry={() => void policies.refetch()} />
        )}
        {items.map(({ name, purpose, document }) => (
          <div key={name} className="stack tight">
            <h3>{titles.get(name) ?? name}</h3>
            <p>{purpose}</p>
            <CodeBlock label={`Policy: ${name}`} text={JSON.stringify(document, null, 2)} scroll />
          </div>
        ))}
      </div>
    </Section>
  );
};
