import { useEnvironment, useStatus } from "../../queries.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { DriftBanner } from "./drift-banner.tsx";
import { Figures } from "./figures.tsx";
import { useWhere } from "./where.ts";
import { Workloads } from "./workloads.tsx";

/** How to go on from the command line, in the order in which it is done. */
const nextLines = (app: string, env: string, type: string): string[] => [
  `npx keyroll login ${globalThis.location.origin}`,
  `npx keyroll link --app ${app} --env ${env}`,
  "npx keyroll set GREETING",
  ...(type === "helm" ? ["npx keyroll release push ./chart"] : []),
  "npx keyroll deploy",
  ...(type === "process" ? ["npx keyroll run --watch -- node server.js"] : ["npx keyroll status"]),
];

/** Is it live? */
export const OverviewPage = () => {
  const { app, env } = useWhere();
  const environment = useEnvironment(app, env).data;
  const status = useStatus(app, env);
  if (environment === undefined) return null;
  if (status.data === undefined) return status.error === null ? <Loading what="what runs" rows={8} /> : null;
  return (
    <>
      <DriftBanner environment={environment} status={status.data} />
      <Figures status={status.data} secretName={environment.secretName ?? "app-secrets"} />
      {status.data.state === "never-saved" ? (
        <Section title="Go on in a terminal">
          <p>Run these in the checkout of Keyroll; this page follows live.</p>
          <CodeBlock label="Commands to go on with" text={nextLines(app, env, environment.type).join("\n")} />
        </Section>
      ) : null}
      <Workloads app={app} env={env} type={environment.type} workloads={status.data.workloads} />
    </>
  );
};
