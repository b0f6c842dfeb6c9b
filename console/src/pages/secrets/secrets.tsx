import { useSecrets } from "../../queries.ts";
import type { Secret } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import type { Tone } from "../../ui/banner.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Meter, State } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { useWho } from "../../who.ts";
import { useWhere } from "../environment/where.ts";

const words: Readonly<Record<Secret["state"], readonly [Tone, string]>> = {
  "not-deployed": ["warn", "saved, never deployed"],
  saved: ["warn", "saved, not live"],
  "in-cluster": ["plain", "in the cluster"],
  running: ["good", "running"],
  removed: ["warn", "removed, still in the cluster"],
};

/** Keys, sizes and where each value is; no values. */
export const SecretsPage = () => {
  const { app, env } = useWhere();
  const list = useSecrets(app, env);
  const who = useWho();
  if (list.isPending) return <Loading what="the keys" rows={8} />;
  if (list.error !== null) return <Problem error={list.error} retry={() => void list.refetch()} />;
  const { secrets, limits } = list.data;
  const kept = secrets.filter(({ state }) => state !== "removed").length;
  return (
    <Section
      title="Secrets"
      isPage
      actions={<Meter label="Pairs" value={kept} most={limits.pairs} text={`${kept} of ${limits.pairs}`} />}
    >
      {secrets.length === 0 ? (
        <Empty title="No secret is saved yet." />
      ) : (
        <Table
          label="Secrets"
          rows={secrets}
          keyOf={({ key }) => key}
          columns={[
            { head: "Key", cell: ({ key }) => <code>{key}</code> },
            { head: "Size", kind: "number", cell: ({ state, bytes }) => (state === "removed" ? "–" : `${bytes} B`) },
            {
              head: "Changed",
              cell: ({ changedAt, changedBy }) => (
                <>
                  <Ago at={changedAt} /> by {who(changedBy)}
                </>
              ),
            },
            { head: "Revision", kind: "number", cell: ({ revision }) => revision },
            { head: "State", cell: ({ state }) => <State tone={words[state][0]}>{words[state][1]}</State> },
          ]}
        />
      )}
    </Section>
  );
};
