import { Link, Outlet, useLocation } from "react-router";
import { useLive } from "../../live.ts";
import { to } from "../../paths.ts";
import { useEnvironment, useSecrets, useStatus } from "../../queries.ts";
import { Banner } from "../../ui/banner.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { DeployButton } from "./deploy-button.tsx";
import { heldBy, isGone } from "./held.ts";
import { Live } from "./live.tsx";
import { Place } from "./place.tsx";
import { useWhere } from "./where.ts";

/** What stands above every page of an environment: what it is, and whether it is live. */
export const EnvironmentLayout = () => {
  const { app, env } = useWhere();
  useTitle(`${env} · ${app}`);
  const { pathname } = useLocation();
  const trouble = useLive(app, env);
  const environment = useEnvironment(app, env);
  const status = useStatus(app, env);
  const secrets = useSecrets(app, env);
  const crumbs = [
    { to: to.apps(), label: "Apps" },
    { to: to.app(app), label: app },
  ];
  // The head names what is not live: it waits for the list, asked for at the same time, so that nothing moves after.
  if (environment.data === undefined || (secrets.data === undefined && secrets.error === null)) {
    return (
      <>
        <PageHead title={env} crumbs={crumbs} />
        {environment.error === null ? (
          <Loading what="the environment" rows={8} />
        ) : (
          <Problem error={environment.error} retry={() => void environment.refetch()} />
        )}
      </>
    );
  }
  const { kind, type, removing } = environment.data;
  const errors = [environment.error, status.error];
  const isOver = isGone(errors);
  const vars = to.vars(app, env);
  const tabs = [
    { to: to.environment(app, env), label: "Overview" },
    { to: to.secrets(app, env), label: "Vars", under: vars },
    { to: to.deployments(app, env), label: "Deployments", under: to.deployments(app, env) },
    { to: to.settings(app, env), label: "Settings" },
  ];
  const varsTabs = [
    { to: to.secrets(app, env), label: "Secrets" },
    // No chart, no Helm values.
    ...(type === "helm" ? [{ to: to.values(app, env), label: "Helm values" }] : []),
  ];
  return (
    <>
      <PageHead
        title={env}
        crumbs={crumbs}
        beside={kind === "production" ? <Badge tone="warn">production</Badge> : <Badge>sandbox</Badge>}
        actions={
          <DeployButton environment={environment.data} status={status.data} held={heldBy(environment.data, errors)} />
        }
      >
        <Place environment={environment.data} deployment={status.data?.deployment ?? null} />
        <Live app={app} env={env} status={status.data} />
      </PageHead>
      {isOver ? (
        <Banner tone="bad" role="alert">
          <p>
            <strong>
              {app} / {env} is gone: somebody removed it.
            </strong>{" "}
            What you see is what was last known. What you typed and did not save is still there: copy it if it is needed
            elsewhere. <Link to={to.apps()}>All apps</Link>
          </p>
        </Banner>
      ) : removing ? (
        <Banner tone="warn">
          <p>
            {app} / {env} is being removed. Until that is over, nothing can be saved or deployed.
          </p>
        </Banner>
      ) : null}
      {status.error === null || isOver ? null : <Problem error={status.error} retry={() => void status.refetch()} />}
      {trouble === null ? null : (
        <Banner tone="warn">
          <p>Live updates are lost ({trouble}) The page asks every 15 seconds.</p>
        </Banner>
      )}
      <div>
        <Tabs label={`Parts of ${env}`} tabs={tabs} />
        {pathname.startsWith(`${vars}/`) ? <Tabs label="Vars" tabs={varsTabs} /> : null}
      </div>
      <Outlet />
    </>
  );
};
