import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Environment } from "../../client.ts";
import { SettingsFields, type DeploymentSettings } from "../../forms/deployment-settings.tsx";
import { DriftPause } from "../../forms/drift-pause.tsx";
import { useEnvironment } from "../../queries.ts";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Form } from "../../ui/form.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { UnsavedGuard } from "../../ui/unsaved-guard.tsx";
import { goneWords } from "../environment/held.ts";
import { useWhere } from "../environment/where.ts";
import { StoreOf } from "./store-of.tsx";
import { RemoveEnvironment } from "./remove-environment.tsx";

type Edits = Partial<DeploymentSettings>;

/** What `wanted` has other than `than`. */
const changesOf = (wanted: Edits, than: Edits): Edits => {
  const changes = { ...wanted };
  for (const [name, value] of Object.entries(than))
    if (Reflect.get(wanted, name) === value) Reflect.deleteProperty(changes, name);
  return changes;
};

interface FormProps {
  readonly environment: Environment;
  /** Why nothing can be saved. */
  readonly held: string | null;
}

const SettingsForm = ({ environment, held }: FormProps) => {
  const { app, name: env, type } = environment;
  const queries = useQueryClient();
  // Only what was edited here: what somebody else changes meanwhile stays as they want it.
  const [edits, setEdits] = useState<Edits>({});
  const changes = changesOf(edits, environment.settings);
  const isDirty = Object.keys(changes).length > 0;
  const put = async (next: Edits): Promise<void> => {
    await client.call("environments.update", { params: { app, env }, body: { settings: next } });
    await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
  };
  const save = useMutation({
    mutationFn: async (next: Edits) => {
      const before = changesOf(environment.settings, { ...environment.settings, ...next });
      await put(next);
      return before;
    },
    onSuccess: (before, sent) => {
      setEdits((now) => changesOf(now, sent));
      say("The settings are saved; they hold from the next deployment on.", async () => await put(before));
    },
  });
  const about = (field: string): string | null => problemOf(save.error, field);
  return (
    <>
      <UnsavedGuard isDirty={isDirty && !save.isPending} what="the settings that you changed" />
      <Form
        className="form"
        busy={save.isPending}
        reason={held ?? (isDirty ? null : "Nothing is changed.")}
        onSubmit={() => save.mutate(changes)}
      >
        <SettingsFields
          settings={{ ...environment.settings, ...edits }}
          type={type}
          onChange={(next) => setEdits(changesOf(next, environment.settings))}
          problemOf={about}
        />
        {save.error === null ? null : <Problem error={save.error} />}
        <div className="form-end">
          <Button submit kind="main">
            Save settings
          </Button>
          {isDirty ? <Button onClick={() => setEdits({})}>Discard</Button> : null}
        </div>
      </Form>
    </>
  );
};

/** How the environment is deployed, what is fixed about it, and its end. */
export const SettingsPage = () => {
  const { app, env } = useWhere();
  const { data: environment, error } = useEnvironment(app, env);
  if (environment === undefined) return null;
  const { kind, type, connection, namespace, releaseName, secretName } = environment;
  return (
    <>
      <Section title="Deployment settings" isPage>
        <SettingsForm key={environment.id} environment={environment} held={goneWords([error])} />
      </Section>
      {type === "process" ? null : (
        <Section title="Changes by others">
          <p className="row">
            <DriftPause environment={environment} />
          </p>
        </Section>
      )}
      <Section title="Fixed">
        <Facts
          facts={[
            ["Kind", kind],
            ["Type", type],
            ["Connection", connection],
            ["Namespace", namespace],
            ["Helm release", releaseName],
            ["Secret", secretName],
          ]}
        />
      </Section>
      <Section title="Where the values are">
        <StoreOf environment={environment} />
      </Section>
      <Section title="End of this environment">
        <RemoveEnvironment environment={environment} />
      </Section>
    </>
  );
};
