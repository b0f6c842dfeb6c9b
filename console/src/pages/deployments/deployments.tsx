import { outcomeNow } from "@keyroll/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { client, keys, type Deployment } from "../../client.ts";
import { to } from "../../paths.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge } from "../../ui/state.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Words } from "../../ui/words.tsx";
import { useWho } from "../../who.ts";
import { useWhere } from "../environment/where.ts";
import { duration, Goal, Outcome } from "./outcome.tsx";

const pageSize = 25;

/** Every deployment of the environment, newest first. They are records: nothing here can be edited. */
export const DeploymentsPage = () => {
  const { app, env } = useWhere();
  const who = useWho();
  const list = useInfiniteQuery({
    queryKey: keys.part(app, env, "deployments"),
    queryFn: async ({ pageParam }) =>
      await client.call("deployments.list", {
        params: { app, env },
        query: { limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  if (list.data === undefined) {
    return list.error === null ? (
      <Loading what="the deployments" rows={8} />
    ) : (
      <Problem error={list.error} retry={() => void list.refetch()} />
    );
  }
  const rows = list.data.pages.flatMap(({ items }) => items);
  const lastGood = rows.find(({ state }) => state === "running")?.number ?? null;
  const columns: readonly [Column<Deployment>, ...Column<Deployment>[]] = [
    {
      head: "Deployment",
      kind: "tight",
      cell: ({ number }) => (
        <span className="row">
          <Link to={to.deployment(app, env, number)}>{number}</Link>
          {number === lastGood ? <Badge tone="good">last good</Badge> : null}
        </span>
      ),
    },
    {
      head: "State",
      kind: "tight",
      cell: (deployment) => <Outcome deployment={deployment} isLast={deployment.number === lastGood} />,
    },
    { head: "What", cell: ({ goal }) => <Goal goal={goal} /> },
    {
      head: "Requested",
      cell: ({ requestedAt, requestedBy, reason }) => (
        <>
          <Ago at={requestedAt} /> by {who(requestedBy)}
          {reason === "undo" ? ", an undo" : reason === "on-save" ? ", by a save" : ""}
        </>
      ),
    },
    {
      head: "Took",
      kind: "number",
      cell: ({ startedAt, endedAt }) => (startedAt === null || endedAt === null ? "" : duration(endedAt - startedAt)),
    },
    {
      head: "What came out",
      cell: (deployment) => <Words text={outcomeNow(deployment, deployment.number === lastGood).outcome ?? ""} />,
    },
  ];
  return (
    <Section title="Deployments" isPage>
      {list.error === null ? null : <Problem error={list.error} retry={() => void list.refetch()} />}
      {rows.length === 0 ? (
        <Empty title="Nothing was deployed yet.">
          <p>
            Saved secrets reach pods with a deployment. It checks the chart first, writes the Secret, rolls the app and
            proves for every pod what it runs.
          </p>
        </Empty>
      ) : (
        <Table label="Deployments" columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older ones
        </Button>
      ) : null}
    </Section>
  );
};
