import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys, type Environment } from "../../client.ts";
import { to } from "../../paths.ts";
import { Button } from "../../ui/button.tsx";
import { Cancel, Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";

interface DialogProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** What goes is named one by one, and each is given up by typing the environment's name. */
const RemoveDialog = ({ environment, onClose }: DialogProps) => {
  const { app, name, type, savedRevision, deployedRevision, releaseName, namespace } = environment;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState({ uninstall: "", destroySecrets: "", name: "" });
  const isInstalled = deployedRevision !== null && type !== "process";
  const hasSecrets = savedRevision > 0;
  const asked = [
    ...(isInstalled
      ? [
          {
            field: "uninstall" as const,
            label:
              type === "helm"
                ? `Uninstall release ${releaseName ?? app} and remove the Secret in ${namespace ?? "its namespace"}: type ${name}`
                : `Remove the Secret in ${namespace ?? "its namespace"}: type ${name}`,
          },
        ]
      : []),
    ...(hasSecrets
      ? [{ field: "destroySecrets" as const, label: `Destroy every saved value and its history: type ${name}` }]
      : []),
    ...(isInstalled || hasSecrets ? [] : [{ field: "name" as const, label: `Remove the environment: type ${name}` }]),
  ];
  const isNamed = asked.every(({ field }) => typed[field] === name);
  const remove = useMutation({
    mutationFn: async () =>
      await client.call("environments.remove", {
        params: { app, env: name },
        body: {
          ...(isInstalled ? { uninstall: typed.uninstall } : {}),
          ...(hasSecrets ? { destroySecrets: typed.destroySecrets } : {}),
        },
      }),
    onSuccess: async () => {
      // It may last: whoever went on to other work is left there.
      if (globalThis.location.pathname.startsWith(`${to.environment(app, name)}/`)) await navigate(to.app(app));
      queries.removeQueries({ queryKey: keys.environment(app, name) });
      say(`${app} / ${name} is removed.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <Dialog title={`Remove ${app} / ${name}?`} role="alertdialog" onClose={onClose} busy={remove.isPending}>
      <Form
        className="form"
        autoComplete="off"
        busy={remove.isPending}
        reason={isNamed ? null : `Type ${name} in each field first.`}
        onSubmit={() => remove.mutate()}
      >
        <p>This cannot be undone.</p>
        {asked.map(({ field, label }, index) => (
          <Field
            key={field}
            label={label}
            value={typed[field]}
            onChange={(event) => setTyped({ ...typed, [field]: event.target.value })}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            code
            {...(index === 0 ? { "data-first": true } : {})}
          />
        ))}
        {remove.error === null ? null : <Problem error={remove.error} />}
        <div className="form-end">
          <Button submit kind="danger main">
            Remove {name}
          </Button>
          <Cancel />
        </div>
      </Form>
    </Dialog>
  );
};

export const RemoveEnvironment = ({ environment }: { readonly environment: Environment }) => {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="row apart panel">
      <p className="grow">
        Removes the environment from Keyroll, with what is deployed and what is saved. Each is asked for by name.
      </p>
      <Button kind="danger" icon="remove" onClick={() => setIsOpen(true)}>
        Remove {environment.name}
      </Button>
      {isOpen ? <RemoveDialog environment={environment} onClose={() => setIsOpen(false)} /> : null}
    </div>
  );
};
