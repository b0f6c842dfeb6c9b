import { memo, useMemo } from "react";
import { Link } from "react-router";
import type { FleetStatus } from "../../client.ts";
import { to } from "../../paths.ts";
import { fleetEvery, useApps, useFleet } from "../../queries.ts";
import { setOrDelete, useAsked, useSearch } from "../../search.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Words } from "../../ui/words.tsx";
import { useAfterPaint } from "../../ui/use-after-paint.ts";
import "./apps.css";
import { ClusterDoor } from "./cluster-door.tsx";
import { CreateApp } from "./create-app.tsx";
import { EnvironmentStates } from "./environment-states.tsx";
import { FleetFilter } from "./fleet-filter.tsx";
import { groupsOf, isState, type AppGroup, type Filter } from "./fleet.ts";
import { LocalApp } from "./local-app.tsx";

/** From so many environments on one looks for some of them. */
const many = 4;

const AppTable = memo(({ groups }: { readonly groups: readonly AppGroup[] }) => (
  <Table
    label="Apps"
    rows={groups}
    keyOf={({ app }) => app.id}
    columns={[
      {
        head: "App",
        cell: ({ app: { name, title } }) => (
          <>
            <Link to={to.app(name)}>{name}</Link>
            {title === name ? null : <div className="quiet small">{title}</div>}
          </>
        ),
      },
      {
        head: "Environments",
        cell: ({ app, environments }) => <EnvironmentStates app={app.name} environments={environments} />,
      },
      { head: "Releases", kind: "number", cell: ({ app }) => app.releases },
      { head: "Made", kind: "tight", cell: ({ app }) => <Ago at={app.createdAt} /> },
    ]}
  />
));

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

/** Clusters that cannot be seen, once each, with what they answered. */
const Troubles = ({ fleet }: { readonly fleet: readonly FleetStatus[] }) => {
  const lines = new Map(
    fleet.flatMap(({ connection, trouble }) =>
      trouble === null ? [] : [[`${connection} ${trouble.message}`, { connection, ...trouble }] as const],
    ),
  );
  return [...lines].map(([line, { connection, message }]) => (
    <Banner key={line} tone="bad">
      <Link to={to.connection(connection)}>{connection}</Link>: <Words text={message} />
    </Banner>
  ));
};

/** The filter is in the address, so that it can be shared and the way back leads to it. */
const useFilter = (): readonly [Filter, (change: Partial<Filter>) => void] => {
  const [search, changeSearch] = useSearch();
  const filter = useMemo(() => {
    const state = search.get("state");
    return { state: isState(state) ? state : null, text: search.get("q") ?? "" };
  }, [search]);
  return [
    filter,
    ({ text, state }) =>
      changeSearch(
        (params) => {
          if (text !== undefined) setOrDelete(params, "q", text);
          if (state !== undefined) setOrDelete(params, "state", state ?? "");
        },
        { replace: true },
      ),
  ];
};

const Fleet = () => {
  const apps = useApps(fleetEvery);
  const fleet = useFleet();
  const [filter, setFilter] = useFilter();
  // Typing comes first, then the list.
  const listed = useAfterPaint(filter);
  const groups = useMemo(() => groupsOf(apps.data ?? [], fleet.data ?? [], listed), [apps.data, fleet.data, listed]);
  if (apps.data === undefined) return apps.error === null ? <Loading what="the apps" /> : null;
  if (apps.data.length === 0) return <Doors />;
  if (fleet.data === undefined) return fleet.error === null ? <Loading what="the environments" /> : null;
  const shown = groups.reduce((sum, { environments }) => sum + environments.length, 0);
  return (
    <>
      <Troubles fleet={fleet.data} />
      {fleet.data.length < many && filter.state === null && filter.text === "" ? null : (
        <FleetFilter fleet={fleet.data} filter={filter} shown={shown} onFilter={setFilter} />
      )}
      {groups.length === 0 ? (
        <Empty title="Nothing is like that now.">
          <Button onClick={() => setFilter({ state: null, text: "" })}>Show all</Button>
        </Empty>
      ) : (
        <AppTable groups={groups} />
      )}
    </>
  );
};

export const AppsPage = () => {
  useTitle("Apps");
  const apps = useApps();
  const fleet = useFleet();
  const { asked, type, ask } = useAsked();
  const failed = apps.error === null ? fleet : apps;
  return (
    <>
      <PageHead
        title="Apps"
        actions={
          (apps.data ?? []).length === 0 ? undefined : (
            <Button kind="main" icon="add" onClick={() => ask("app")}>
              New app
            </Button>
          )
        }
      />
      {failed.error === null ? null : <Problem error={failed.error} retry={() => void failed.refetch()} />}
      <Fleet />
      {asked === "app" ? <CreateApp type={type} onClose={() => ask(null)} /> : null}
    </>
  );
};
