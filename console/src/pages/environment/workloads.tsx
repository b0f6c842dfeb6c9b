import type { Status } from "../../client.ts";

interface InstancesProps {
  readonly workloads: Status["workloads"];
  readonly type: string;
}

/** What each container runs, with the evidence. */
export const Instances = ({ workloads, type }: InstancesProps) => (
  <section>
    <h2>Running</h2>
    {workloads.length === 0 ? (
      <p className="quiet">
        {type === "process"
          ? "No `keyroll run --watch` reports here."
          : "No workload in the namespace uses the Secret."}
      </p>
    ) : (
      <table>
        <thead>
          <tr>
            <th scope="col">Instance</th>
            <th scope="col">Workload</th>
            <th scope="col">Revision</th>
            <th scope="col">Verdict</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {workloads.flatMap(({ kind, name, held, instances }) =>
            instances.length === 0
              ? [
                  <tr key={`${kind}/${name}`}>
                    <th scope="row">–</th>
                    <td data-label="Workload">
                      {kind}/{name}
                    </td>
                    <td data-label="Revision">–</td>
                    <td data-label="Verdict">{held === null ? "no instances" : "held"}</td>
                    <td data-label="Why">{held ?? ""}</td>
                  </tr>,
                ]
              : instances.map((one) => (
                  <tr key={`${kind}/${name}/${one.name}/${one.container ?? ""}`}>
                    <th scope="row">{one.container === null ? one.name : `${one.name} / ${one.container}`}</th>
                    <td data-label="Workload">
                      {kind}/{name}
                    </td>
                    <td data-label="Revision">{one.revision ?? "–"}</td>
                    <td data-label="Verdict">
                      <span className={`state ${one.verdict}`}>{one.verdict}</span>
                      {one.evidence === null ? null : <span className="quiet"> evidence {one.evidence}</span>}
                    </td>
                    <td data-label="Why">{one.reason}</td>
                  </tr>
                )),
          )}
        </tbody>
      </table>
    )}
  </section>
);
