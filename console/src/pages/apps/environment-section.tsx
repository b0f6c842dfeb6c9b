import { Suspense } from "react";
import { Link } from "react-router";
import type { Environment } from "../../client.ts";
import { later } from "../../later.ts";
import { to } from "../../paths.ts";
import { useEnvironments, useStatus } from "../../queries.ts";
import { useAsked } from "../../search.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge, State } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { toneOf } from "../environment/live.tsx";
import { CreateEnvironment } from "./create-environment.tsx";
import { liveOf } from "./environment-states.tsx";

const { Part: TakeOver, load: loadTakeOver } = later(async () => (await import("./take-over.tsx")).TakeOver);

/** What runs there: the cluster is asked, one environment after the other comes in. */
const Now = ({ environment }: { readonly environment: Environment }) => {
  const status = useStatus(environment.app, environment.name, 60_000);
  if (status.data !== undefined) return <State tone={toneOf(status.data.state)}>{status.data.sentence}</State>;
  const [tone, words] = liveOf(environment);
  return <State tone={tone}>{status.error === null ? words : `${words}; what runs cannot be read now`}</State>;
};

const EnvironmentTable = ({ environments }: { readonly environments: readonly Environment[] }) => (
  <Table
    label="Environments"
    rows={environments}
    keyOf={({ id }) => id}
    columns={[
      {
        head: "Environment",
        cell: ({ app, name, kind }) => (
          <span className="row">
            <Link to={to.environment(app, name)}>{name}</Link>
            {kind === "production" ? <Badge tone="warn">production</Badge> : null}
          </span>
        ),
      },
      { head: "State", cell: (environment) => <Now environment={environment} /> },
      {
        head: "Where",
        cell: ({ connection, namespace }) => (
          <>
            <Link to={to.connection(connection)}>{connection}</Link>
            {namespace === null ? "" : `, namespace ${namespace}`}
          </>
        ),
      },
      { head: "Type", cell: ({ type }) => type },
    ]}
  />
);

/** The app's environments, and the form for one more. */
export const EnvironmentSection = ({ app }: { readonly app: string }) => {
  const environments = useEnvironments(app);
  const { asked, ask } = useAsked();
  return (
    <Section
      title="Environments"
      actions={
        <>
          <Button onPointerEnter={() => void loadTakeOver().catch(() => undefined)} onClick={() => ask("takeover")}>
            Take over what runs
          </Button>
          <Button kind="main" icon="add" onClick={() => ask("helm")}>
            New environment
          </Button>
        </>
      }
    >
      {environments.error === null ? null : (
        <Problem error={environments.error} retry={() => void environments.refetch()} />
      )}
      {environments.data === undefined ? (
        environments.error === null && <Loading what="the environments" />
      ) : environments.data.length === 0 ? (
        <Empty title={`${app} has no environment yet.`}>
          <CodeBlock
            label="Command that makes an environment"
            text={`npx keyroll env create NAME --app ${app} --connection NAME --kind sandbox`}
          />
        </Empty>
      ) : (
        <EnvironmentTable environments={environments.data} />
      )}
      {asked === "takeover" ? (
        <Suspense fallback={null}>
          <TakeOver app={app} onClose={() => ask(null)} />
        </Suspense>
      ) : asked === null ? null : (
        <CreateEnvironment app={app} type={asked === "restart" ? "restart" : "helm"} onClose={() => ask(null)} />
      )}
    </Section>
  );
};
