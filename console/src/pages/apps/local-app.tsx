import { KeyrollError } from "@keyroll/contract/errors";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client } from "../../client.ts";
import { to } from "../../paths.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { once } from "./once.ts";

const connection = "this-machine";

const taken = (message: string): KeyrollError =>
  new KeyrollError("already_exists", message, {
    next: "Choose another name, or make the environment in the app's own page, where the connection can be chosen.",
  });

/** An app whose environment is a local process: the whole loop without a cluster. */
export const LocalApp = () => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [app, setApp] = useState("shop");
  const [env, setEnv] = useState("dev");
  const make = useMutation({
    mutationFn: async () => {
      await once(async () => await client.call("apps.create", { body: { name: app } }));
      await once(
        async () =>
          await client.call("connections.create", { body: { name: connection, cluster: { kind: "process" } } }),
        async () => {
          const found = await client.call("connections.get", { params: { connection } });
          return found.connection.cluster.kind === "process"
            ? null
            : taken(`The connection \`${connection}\` is there already, and leads to a cluster.`);
        },
      );
      await once(
        async () =>
          await client.call("environments.create", {
            params: { app },
            body: { name: env, connection, kind: "sandbox" },
          }),
        async () => {
          const found = await client.call("environments.get", { params: { app, env } });
          return found.environment.connection === connection
            ? null
            : taken(`\`${app}\` has an environment \`${env}\` already, with another connection.`);
        },
      );
    },
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate(to.environment(app, env));
    },
  });
  return (
    <Form className="panel stack tight" busy={make.isPending} onSubmit={() => make.mutate()}>
      <h2>An app on this machine</h2>
      <p>
        Its environment is a local process: <code>keyroll run --watch</code> starts your command with the values, and
        again at each deployment. No cluster is needed.
      </p>
      <div className="row top">
        <div className="grow">
          <Field label="App" value={app} onChange={(event) => setApp(event.target.value)} autoComplete="off" required />
        </div>
        <div className="grow">
          <Field
            label="Environment"
            value={env}
            onChange={(event) => setEnv(event.target.value)}
            autoComplete="off"
            required
          />
        </div>
      </div>
      {make.error === null ? null : <Problem error={make.error} />}
      <div>
        <Button submit kind="main">
          Make it
        </Button>
      </div>
    </Form>
  );
};
