import { useEnvironment, useStatus } from "../../queries.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { useWhere } from "./where.ts";
import { Instances } from "./workloads.tsx";

/** How to go on from the command line, in the order in which it is done. */
const nextLines = (app: string, env: string, type: string): string[] => [
  `npx keyroll login ${globalThis.location.origin}`,
  `npx keyroll link --app ${app} --env ${env}`,
  "npx keyroll set GREETING",
  ...(type === "helm" ? ["npx keyroll release push ./chart"] : []),
  "npx keyroll deploy",
  ...(type === "process" ? ["npx keyroll run --watch -- node server.js"] : ["npx keyroll status"]),
];

export const OverviewPage = () => {
  const { app, env } = useWhere();
  const environment = useEnvironment(app, env).data;
  const status = useStatus(app, env).data;
  if (environment === undefined || status === undefined) return <Loading what="what runs" />;
  return (
    <>
      {status.state === "never-saved" ? (
        <Section title="Go on in a terminal">
          <p>Run these in the checkout of Keyroll; this page follows live.</p>
          <CodeBlock label="Commands to go on with" text={nextLines(app, env, environment.type).join("\n")} />
        </Section>
      ) : null}
      <Instances workloads={status.workloads} type={environment.type} />
    </>
  );
};
