import { useQuery } from "@tanstack/react-query";
import { client, collect, keys } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, Section, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Badge } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { useMe } from "../../queries.ts";
import { TokenSection } from "./token-section.tsx";

const Members = () => {
  const own = useMe().data?.me?.id;
  const members = useQuery({
    queryKey: keys.members,
    queryFn: async () => await collect(client.all("members.list", {})),
  });
  if (members.error !== null) return <Problem error={members.error} retry={() => void members.refetch()} />;
  if (members.data === undefined) return <Loading what="the members" rows={2} />;
  return (
    <Table
      label="Members"
      rows={members.data}
      keyOf={({ id }) => id}
      columns={[
        {
          head: "Member",
          cell: ({ id, name }) => (
            <span className="row">
              {name}
              {id === own ? <Badge>you</Badge> : null}
            </span>
          ),
        },
        { head: "Role", cell: ({ role }) => role },
        { head: "Since", kind: "tight", cell: ({ createdAt }) => <Ago at={createdAt} /> },
      ]}
    />
  );
};

/** Who can sign in, and what signs in by itself. */
export const AccessPage = () => {
  useTitle("Members & tokens");
  return (
    <>
      <PageHead title="Members & tokens" />
      <Section title="Members">
        <Members />
      </Section>
      <TokenSection />
    </>
  );
};
