import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { client, isWorthRepeating, keys, type Environment } from "../../client.ts";
import { useChosenConnection } from "../../forms/chosen-connection.ts";
import { CreateForm, NameField } from "../../forms/create-form.tsx";
import { usePasswordAgain } from "../../forms/password-again.tsx";
import { defaultSettings, SettingsFields } from "../../forms/deployment-settings.tsx";
import { to } from "../../paths.ts";
import { useConnections, useEnvironments } from "../../queries.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Radios, Select } from "../../ui/field.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { CopyFrom, copySecrets, noCopy } from "./copy-from.tsx";
import { KindField } from "./kind-field.tsx";
import { once } from "./once.ts";

type Type = Environment["type"];

const types: readonly { readonly value: Type; readonly label: string; readonly hint: string }[] = [
  { value: "helm", label: "helm", hint: "Keyroll runs Helm with the app's chart, and proves each pod." },
  {
    value: "restart",
    label: "restart",
    hint: "CI, Argo CD or Flux installs the app; Keyroll writes the Secret, restarts and proves.",
  },
];

interface CreateProps {
  readonly app: string;
  /** The type that was asked for on the way here. */
  readonly type: Type;
  readonly onClose: () => void;
}

/** A new environment, with the keys of another one where that helps. */
export const CreateEnvironment = ({ app, type: asked, onClose }: CreateProps) => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const connections = useConnections();
  // What can be copied is offered before it is made.
  const environments = useEnvironments(app);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Environment["kind"]>("sandbox");
  const [clusterType, setClusterType] = useState<Type>(asked === "process" ? "helm" : asked);
  const [place, setPlace] = useState({ namespace: "", releaseName: "", secretName: "" });
  const [settings, setSettings] = useState(defaultSettings);
  const [copy, setCopy] = useState(noCopy);
  const { chosen, connection, options, choose } = useChosenConnection(
    connections.data ?? [],
    ({ cluster, store }) => `${cluster.kind}, ${store.kind}`,
  );
  const type: Type = connection?.cluster.kind === "process" ? "process" : clusterType;
  /** The name under which an earlier press here made it, or may have: then, and only then, it is as good as made. */
  const begun = useRef<string | null>(null);
  // Copying production's values wants a password that was given lately.
  const again = usePasswordAgain();
  const create = useMutation({
    mutationFn: async () => {
      const given = Object.entries(type === "process" ? {} : place).filter(
        ([field, text]) => text !== "" && (field !== "releaseName" || type === "helm"),
      );
      const make = async (): Promise<unknown> =>
        await client.call("environments.create", {
          params: { app },
          body: { name, connection: chosen, kind, type, settings, ...Object.fromEntries(given) },
        });
      try {
        await (begun.current === name ? once(make) : make());
        begun.current = name;
      } catch (error) {
        if (isWorthRepeating(error)) begun.current = name;
        throw error;
      }
      await again.run(async () => await copySecrets(app, name, copy));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.environments(app) });
      await queries.invalidateQueries({ queryKey: keys.apps });
      await navigate(to.environment(app, name));
    },
  });
  const about = (field: string): string | null => problemOf(create.error, field);
  const isSaid =
    ["name", "namespace", "releaseName", "secretName", "timeoutSeconds", "crashGraceSeconds", "settleSeconds"].some(
      (field) => about(field) !== null,
    ) || again.says(create.error);
  const text = (field: keyof typeof place, label: string, hint: string) => (
    <Field
      label={label}
      hint={hint}
      value={place[field]}
      onChange={(event) => setPlace({ ...place, [field]: event.target.value })}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      code
      problem={about(field)}
    />
  );
  return (
    <Dialog title={`New environment of ${app}`} onClose={onClose} busy={create.isPending}>
      {connections.error === null ? null : <Problem error={connections.error} />}
      {connections.data?.length === 0 ? (
        <p>
          An environment needs a connection: a cluster and a secret store.{" "}
          <Link to={to.newConnection(asked)}>Make one first.</Link>
        </p>
      ) : (
        <CreateForm
          create={create}
          isSaid={isSaid}
          isLoading={connections.data === undefined || environments.isPending}
        >
          <NameField name={name} onChange={setName} problem={about("name")} />
          <Select
            label="Connection"
            hint="The cluster that it runs in and the store that keeps its values."
            options={options}
            value={chosen}
            onChange={(event) => choose(event.target.value)}
          />
          <KindField kind={kind} onChange={setKind} />
          {type === "process" ? (
            <p className="quiet">
              Type process: commands that are started with <code>keyroll run --watch</code>.
            </p>
          ) : (
            <>
              <Radios legend="Who rolls the app" options={types} value={type} onChange={setClusterType} />
              {text("namespace", "Namespace", `Empty: ${app}-${name === "" ? "NAME" : name}.`)}
              {type === "helm"
                ? text(
                    "releaseName",
                    "Helm release name",
                    `Empty: ${app}. An installed release of this name is taken over.`,
                  )
                : null}
              {text(
                "secretName",
                "Secret",
                "Empty: app-secrets. Another name is for namespaces that several apps share; fixed after the first deployment.",
              )}
            </>
          )}
          <CopyFrom app={app} copy={copy} onChange={setCopy} />
          {again.field(create.error)}
          <details>
            <summary>Deployment settings</summary>
            <SettingsFields settings={settings} type={type} onChange={setSettings} problemOf={about} />
          </details>
        </CreateForm>
      )}
    </Dialog>
  );
};
