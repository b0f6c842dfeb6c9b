import { Link, useSearchParams } from "react-router";
import type { App } from "../../client.ts";
import { to } from "../../paths.ts";
import { useApps } from "../../queries.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { ClusterDoor } from "./cluster-door.tsx";
import { CreateApp } from "./create-app.tsx";
import { EnvironmentStates } from "./environment-states.tsx";
import { LocalApp } from "./local-app.tsx";

const AppTable = ({ apps }: { readonly apps: readonly App[] }) => (
  <Table
    label="Apps"
    rows={apps}
    keyOf={({ id }) => id}
    columns={[
      {
        head: "App",
        cell: ({ name, title }) => (
          <>
            <Link to={to.app(name)}>{name}</Link>
            {title === name ? null : <div className="quiet small">{title}</div>}
          </>
        ),
      },
      { head: "Environments", cell: (app) => <EnvironmentStates app={app} /> },
      { head: "Releases", kind: "number", cell: ({ releases }) => releases },
      { head: "Made", kind: "tight", cell: ({ createdAt }) => <Ago at={createdAt} /> },
    ]}
  />
);

/** The two ways on from nothing. */
const Doors = () => (
  <>
    <p>There is no app yet. Begin with one of these:</p>
    <div className="columns">
      <LocalApp />
      <ClusterDoor />
    </div>
  </>
);

export const AppsPage = () => {
  useTitle("Apps");
  const apps = useApps();
  const [search, setSearch] = useSearchParams();
  const isMaking = search.get("new") === "app";
  const setIsMaking = (is: boolean): void => setSearch(is ? { new: "app" } : {}, { replace: !is });
  return (
    <>
      <PageHead
        title="Apps"
        actions={
          (apps.data ?? []).length === 0 ? undefined : (
            <Button kind="main" icon="add" onClick={() => setIsMaking(true)}>
              New app
            </Button>
          )
        }
      />
      {apps.error === null ? null : <Problem error={apps.error} retry={() => void apps.refetch()} />}
      {apps.data === undefined ? (
        apps.error === null && <Loading what="the apps" />
      ) : apps.data.length === 0 ? (
        <Doors />
      ) : (
        <AppTable apps={apps.data} />
      )}
      {isMaking ? <CreateApp type={search.get("type")} onClose={() => setIsMaking(false)} /> : null}
    </>
  );
};
