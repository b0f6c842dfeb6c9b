import type { Status } from "../../client.ts";
import { Section } from "../../ui/page-head.tsx";
import { Table } from "../../ui/table.tsx";

interface Row {
  readonly workload: string;
  readonly byRevision: ReadonlyMap<string, number>;
}

const nameOf = ({ revision, verdict }: Status["workloads"][number]["instances"][number]): string =>
  verdict === "blocked" ? "not started" : revision === null ? "not known" : String(revision);

/** How many containers of each workload run which revision now. What is going away is not counted. */
export const PodsByRevision = ({ workloads }: { readonly workloads: Status["workloads"] }) => {
  const rows = workloads.map(({ kind, name, instances }): Row => {
    const byRevision = new Map<string, number>();
    for (const one of instances)
      if (one.verdict !== "draining" && one.verdict !== "finished")
        byRevision.set(nameOf(one), (byRevision.get(nameOf(one)) ?? 0) + 1);
    return { workload: `${kind}/${name}`, byRevision };
  });
  const revisions = [...new Set(rows.flatMap(({ byRevision }) => [...byRevision.keys()]))].toSorted(
    (a, b) => Number(b) - Number(a) || a.localeCompare(b),
  );
  if (revisions.length === 0) return null;
  return (
    <Section title="Pods by revision">
      <Table
        label="Pods by revision"
        keyOf={({ workload }) => workload}
        rows={rows.filter(({ byRevision }) => byRevision.size > 0)}
        columns={[
          { head: "Workload", cell: ({ workload }) => workload },
          ...revisions.map((revision) => ({
            head: /^\d+$/u.test(revision) ? `Revision ${revision}` : revision,
            kind: "number" as const,
            cell: ({ byRevision }: Row) => byRevision.get(revision) ?? "",
          })),
        ]}
      />
    </Section>
  );
};
