import { Link } from "react-router";
import type { Connection } from "../../client.ts";
import { to } from "../../paths.ts";
import { useConnections } from "../../queries.ts";
import { useAsked } from "../../search.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { clusterWords } from "./cluster-words.ts";
import { CreateConnection } from "./create-connection.tsx";

const ConnectionTable = ({ connections }: { readonly connections: readonly Connection[] }) => (
  <Table
    label="Connections"
    rows={connections}
    keyOf={({ id }) => id}
    columns={[
      { head: "Connection", cell: ({ name }) => <Link to={to.connection(name)}>{name}</Link> },
      { head: "Cluster", cell: ({ cluster }) => clusterWords(cluster) },
      { head: "Secret store", cell: ({ store }) => store.kind },
      { head: "Environments", kind: "number", cell: ({ environments }) => environments },
      { head: "Made", kind: "tight", cell: ({ createdAt }) => <Ago at={createdAt} /> },
    ]}
  />
);

/** Each is a cluster and a secret store; the form has an address of its own, so that other pages can open it. */
export const ConnectionsPage = () => {
  useTitle("Connections");
  const connections = useConnections();
  const { asked, type, ask } = useAsked();
  return (
    <>
      <PageHead
        title="Connections"
        actions={
          <Button kind="main" icon="add" onClick={() => ask("kubernetes")}>
            New connection
          </Button>
        }
      >
        <p className="quiet">A connection is a cluster and the secret store of its account. Environments share it.</p>
      </PageHead>
      {connections.error === null ? null : (
        <Problem error={connections.error} retry={() => void connections.refetch()} />
      )}
      {connections.data === undefined ? (
        connections.error === null && <Loading what="the connections" />
      ) : connections.data.length === 0 ? (
        <Empty title="No connection yet.">
          <p>Connect a cluster, or make one for processes on this machine.</p>
        </Empty>
      ) : (
        <ConnectionTable connections={connections.data} />
      )}
      {asked === null ? null : (
        <CreateConnection kind={asked === "process" ? "process" : "kubernetes"} then={type} onClose={() => ask(null)} />
      )}
    </>
  );
};
