import { matchPath, useLocation } from "react-router";
import { to } from "../paths.ts";
import { useApps, useEnvironments } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { Loading } from "../ui/loading.tsx";
import { Menu, MenuLine, MenuLink } from "../ui/menu.tsx";
import { Problem } from "../ui/problem.tsx";

const AppList = ({ app }: { readonly app: string }) => {
  const apps = useApps();
  return (
    <>
      {apps.isPending ? <Loading what="the apps" /> : null}
      {apps.error === null ? null : <Problem error={apps.error} />}
      {(apps.data ?? []).map(({ name }) => (
        <MenuLink key={name} to={to.app(name)} isCurrent={name === app}>
          {name}
        </MenuLink>
      ))}
      <MenuLine />
      <MenuLink to={to.apps()}>All apps</MenuLink>
    </>
  );
};

/** The same part of another environment. */
const EnvironmentList = ({ app, env, rest }: { readonly app: string; readonly env: string; readonly rest: string }) => {
  const environments = useEnvironments(app);
  return (
    <>
      {environments.isPending ? <Loading what="the environments" /> : null}
      {environments.error === null ? null : <Problem error={environments.error} />}
      {(environments.data ?? []).map(({ name, kind }) => (
        <MenuLink key={name} to={`${to.environment(app, name)}${rest}`} isCurrent={name === env}>
          {name}
          {kind === "production" ? <span className="quiet">production</span> : null}
        </MenuLink>
      ))}
      <MenuLine />
      <MenuLink to={to.app(app)}>All of {app}</MenuLink>
    </>
  );
};

/** `shop ▾ / production ▾` */
export const Switcher = () => {
  const { pathname } = useLocation();
  const { app = "" } = matchPath("/apps/:app/*", pathname)?.params ?? {};
  const { env = "", "*": tail = "" } = matchPath("/apps/:app/:env/*", pathname)?.params ?? {};
  if (app === "") return null;
  const rest = tail === "" ? "" : `/${tail.replace(/^deployments\/.*/u, "deployments")}`;
  return (
    <div className="where">
      <Menu
        className="button plain"
        label={`App ${app}: switch`}
        trigger={
          <>
            <span className="name">{app}</span>
            <Icon name="down" />
          </>
        }
      >
        <AppList app={app} />
      </Menu>
      {env === "" ? null : (
        <>
          <span className="quiet" aria-hidden="true">
            /
          </span>
          <Menu
            className="button plain"
            label={`Environment ${env}: switch`}
            trigger={
              <>
                <span className="name">{env}</span>
                <Icon name="down" />
              </>
            }
          >
            <EnvironmentList app={app} env={env} rest={rest} />
          </Menu>
        </>
      )}
    </div>
  );
};
