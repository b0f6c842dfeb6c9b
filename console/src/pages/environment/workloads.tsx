import { count } from "@keyroll/pairs";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Section } from "../../ui/page-head.tsx";
import { State } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { isBehind, lettersOf, tally, verdicts, type Instance, type Workload } from "./pods.ts";
import { Pod } from "./pod.tsx";
import { Words } from "../../ui/words.tsx";

interface WorkloadsProps {
  readonly app: string;
  readonly env: string;
  readonly type: string;
  readonly workloads: readonly Workload[];
}

const idOf = ({ name, container }: Instance): string => `${name}/${container ?? ""}`;

const Nothing = ({ app, env, type }: Omit<WorkloadsProps, "workloads">) =>
  type === "process" ? (
    <Empty title="No process reports here.">
      <p>Start one; it is started again at each deployment.</p>
      <CodeBlock
        label="Command that starts a process"
        text={`npx keyroll run --watch --app ${app} --env ${env} -- node server.js`}
      />
    </Empty>
  ) : (
    <Empty title="No workload in the namespace uses the Secret.">
      <p>
        Keyroll lists what names it in <code>secretKeyRef</code>, <code>envFrom</code> or a volume.
      </p>
    </Empty>
  );

/** Which instances are behind, and why. */
const Behind = ({ workloads }: { readonly workloads: readonly Workload[] }) => {
  const rows = workloads.flatMap((workload) =>
    workload.instances.filter(isBehind).map((instance) => ({ workload, instance })),
  );
  if (rows.length === 0) return null;
  return (
    <Section title={`${count(rows.length, "instance")} behind`}>
      <Table
        label="Instances that are behind"
        rows={rows}
        keyOf={({ workload, instance }) => `${workload.kind}/${workload.name}/${idOf(instance)}`}
        columns={[
          { head: "Instance", cell: ({ instance }) => <code>{instance.name}</code> },
          { head: "Workload", cell: ({ workload }) => `${workload.kind} ${workload.name}` },
          { head: "Runs", kind: "number", cell: ({ instance }) => instance.revision ?? "unknown" },
          {
            head: "Verdict",
            cell: ({ instance: { verdict } }) => <State tone={verdicts[verdict][0]}>{verdicts[verdict][1]}</State>,
          },
          { head: "Why", cell: ({ instance }) => instance.reason },
        ]}
      />
    </Section>
  );
};

/** Workloads as rows, their pods as cells. */
export const Workloads = ({ app, env, type, workloads }: WorkloadsProps) => {
  const letters = lettersOf(workloads);
  return (
    <>
      <Section title="Running">
        {workloads.length === 0 ? (
          <Nothing app={app} env={env} type={type} />
        ) : (
          <>
            <p className="quiet small">
              {tally(workloads)
                .map(([revision, instances]) =>
                  revision === null
                    ? `? ${count(instances, "instance")} whose revision cannot be told`
                    : `${letters.get(revision) ?? ""} revision ${revision}: ${count(instances, "instance")}`,
                )
                .join(" · ")}
            </p>
            <Table
              label="Workloads"
              rows={workloads}
              keyOf={({ kind, name }) => `${kind}/${name}`}
              columns={[
                {
                  head: "Workload",
                  kind: "tight",
                  cell: ({ kind, name }) => (
                    <>
                      {name} <span className="quiet">{kind}</span>
                    </>
                  ),
                },
                {
                  head: "Instances",
                  cell: ({ held, note, instances }) => (
                    <>
                      {instances.length === 0 ? <span className="quiet">none now</span> : null}
                      <ul className="pods">
                        {instances.map((instance) => (
                          <li key={idOf(instance)}>
                            <Pod
                              instance={instance}
                              letter={instance.revision === null ? null : (letters.get(instance.revision) ?? null)}
                            />
                          </li>
                        ))}
                      </ul>
                      {held === null ? null : (
                        <State tone="warn">
                          <span>
                            held: <Words text={held} />
                          </span>
                        </State>
                      )}
                      {note === null ? null : (
                        <p className="quiet small">
                          <Words text={note} />
                        </p>
                      )}
                    </>
                  ),
                },
              ]}
            />
          </>
        )}
      </Section>
      <Behind workloads={workloads} />
    </>
  );
};
