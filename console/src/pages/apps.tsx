import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyrollError } from "@keyroll/contract/errors";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { client, keys } from "../api.ts";
import { Commands } from "../ui/commands.tsx";
import { Field } from "../ui/field.tsx";
import { Loading } from "../ui/loading.tsx";
import { Problem } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";

const connectionName = "this-machine";

/** What is there already is as good as made: a second press goes on where the first one stopped. */
const once = async (make: () => Promise<unknown>): Promise<void> => {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof KeyrollError) || error.code !== "already_exists") throw error;
  }
};

/** An app whose environment is a local process: the whole loop without a cluster. */
const LocalApp = () => {
  const navigate = useNavigate();
  const [app, setApp] = useState("shop");
  const [env, setEnv] = useState("dev");
  const make = useMutation({
    mutationFn: async () => {
      await once(async () => await client.call("apps.create", { body: { name: app } }));
      await once(
        async () =>
          await client.call("connections.create", { body: { name: connectionName, cluster: { kind: "process" } } }),
      );
      await once(
        async () =>
          await client.call("environments.create", {
            params: { app },
            body: { name: env, connection: connectionName, kind: "sandbox" },
          }),
      );
    },
    onSuccess: async () => await navigate(`/apps/${app}/${env}`),
  });
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <h2>An app on this machine</h2>
      <p>
        Its environment is a local process: <code>keyroll run --watch</code> starts your command with the values, and
        again at each deployment. No cluster is needed.
      </p>
      <div className="row">
        <Field label="App" value={app} onChange={(event) => setApp(event.target.value)} autoComplete="off" required />
        <Field
          label="Environment"
          value={env}
          onChange={(event) => setEnv(event.target.value)}
          autoComplete="off"
          required
        />
      </div>
      {make.error === null ? null : <Problem error={make.error} />}
      <button type="submit" className="main" disabled={make.isPending}>
        Make it
      </button>
    </form>
  );
};

const ClusterApp = () => (
  <div className="card">
    <h2>An app in a Kubernetes cluster</h2>
    <p>
      Keyroll writes <code>app-secrets</code>, upgrades the Helm release and proves what each pod runs. From the command
      line:
    </p>
    <Commands
      label="Commands that connect a cluster"
      lines={[
        `npx keyroll login ${globalThis.location.origin}`,
        "npx keyroll connection create kube --cluster kubernetes --kubeconfig FILE",
        "npx keyroll app create shop",
        "npx keyroll env create prod --app shop --connection kube --kind production",
        "npx keyroll release push ./chart --app shop",
      ]}
    />
  </div>
);

export const AppsPage = () => {
  useTitle("Apps");
  const apps = useQuery({
    queryKey: keys.apps,
    queryFn: async () => await client.call("apps.list", { query: { limit: 200 } }),
  });
  if (apps.isPending) return <Loading what="the apps" />;
  if (apps.error !== null) {
    return (
      <>
        <h1>Apps</h1>
        <Problem error={apps.error} retry={() => void apps.refetch()} />
      </>
    );
  }
  const { items } = apps.data;
  return (
    <>
      <h1>Apps</h1>
      {items.length === 0 ? (
        <p>There is no app yet. Begin with one of these:</p>
      ) : (
        <ul className="cards">
          {items.map((app) => (
            <li key={app.id} className="card">
              <h2>
                <Link to={`/apps/${app.name}`}>{app.title}</Link>
              </h2>
              <p className="quiet">
                {app.name} · {app.environments} {app.environments === 1 ? "environment" : "environments"} ·{" "}
                {app.releases} {app.releases === 1 ? "release" : "releases"}
              </p>
            </li>
          ))}
        </ul>
      )}
      {items.length === 0 ? (
        <div className="doors">
          <LocalApp />
          <ClusterApp />
        </div>
      ) : null}
    </>
  );
};
