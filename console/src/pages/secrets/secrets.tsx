import { isCode, type Environment, type Me } from "../../client.ts";
import { useEnvironment, useMe, useSecrets } from "../../queries.ts";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { heldBy } from "../environment/held.ts";
import { useWhere } from "../environment/where.ts";
import { SecretsView } from "./secrets-view.tsx";
import "./secrets.css";

/** Why nothing can be saved here, or null. */
const readOnlyReason = (me: Me | undefined): string | null =>
  me?.sealed === true ? "Keyroll is sealed: values can neither be read nor saved." : null;

const Body = ({
  app,
  env,
  environment,
  error,
}: {
  readonly app: string;
  readonly env: string;
  readonly environment: Environment;
  /** Of the last question about the environment. */
  readonly error: unknown;
}) => {
  const list = useSecrets(app, env);
  const me = useMe();
  if (list.data === undefined)
    return list.error === null ? (
      <Loading what="the secrets" rows={10} />
    ) : (
      <Problem error={list.error} retry={() => void list.refetch()} />
    );
  return (
    <>
      {list.error === null || isCode(list.error, "not_found") ? null : (
        <Problem error={list.error} retry={() => void list.refetch()} />
      )}
      <SecretsView
        key={`${app}/${env}`}
        app={app}
        env={env}
        environment={environment}
        list={list.data}
        readOnly={readOnlyReason(me.data)}
        held={heldBy(environment, [error, list.error])}
      />
    </>
  );
};

/** Vars > Secrets. */
export const SecretsPage = () => {
  const { app, env } = useWhere();
  const { data: environment, error } = useEnvironment(app, env);
  return (
    <Section title="Secrets" isPage>
      {environment === undefined ? (
        <Loading what="the secrets" rows={10} />
      ) : (
        <Body app={app} env={env} environment={environment} error={error} />
      )}
    </Section>
  );
};
