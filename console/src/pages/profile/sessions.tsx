import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, collect, keys } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Button } from "../../ui/button.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { say } from "../../ui/toast.tsx";

/** One's own logins in browsers; any other one can be ended. */
export const Sessions = () => {
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: async () => await collect(client.all("sessions.list", {})),
  });
  const end = useMutation({
    mutationFn: async (session: string) => await client.call("sessions.end", { params: { session } }),
    onSuccess: async () => {
      say("That session is ended.");
      await queries.invalidateQueries({ queryKey: keys.sessions });
    },
  });
  if (sessions.error !== null) return <Problem error={sessions.error} retry={() => void sessions.refetch()} />;
  if (sessions.data === undefined) return <Loading what="the sessions" rows={2} />;
  return (
    <>
      {end.error === null ? null : <Problem error={end.error} />}
      <Table
        label="Sessions"
        rows={sessions.data}
        keyOf={({ id }) => id}
        columns={[
          {
            head: "Signed in",
            cell: ({ since, current }) => (
              <span className="row">
                <Ago at={since} />
                {current ? <Badge>this one</Badge> : null}
              </span>
            ),
          },
          { head: "Last used", cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
          { head: "Ends", cell: ({ expires }) => <Ago at={expires} /> },
          {
            head: "End",
            kind: "end",
            unseen: true,
            cell: ({ id, current }) =>
              current ? null : (
                <Button
                  small
                  kind="plain danger"
                  busy={end.isPending && end.variables === id}
                  onClick={() => end.mutate(id)}
                >
                  End it
                </Button>
              ),
          },
        ]}
      />
    </>
  );
};
