import { useQuery } from "@tanstack/react-query";
import { client, keys } from "../../api.ts";
import { Problem } from "../../ui/problem.tsx";
import { Steps } from "./steps.tsx";

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The newest deployment step by step, live, and the ones before it. */
export const Deployments = ({ app, env }: { readonly app: string; readonly env: string }) => {
  const list = useQuery({
    queryKey: keys.part(app, env, "deployments"),
    queryFn: async () => (await client.call("deployments.list", { params: { app, env }, query: { limit: 10 } })).items,
  });
  const newest = list.data?.[0];
  const detail = useQuery({
    queryKey: [...keys.part(app, env, "deployment"), newest?.number],
    queryFn: async () =>
      await client.call("deployments.get", { params: { app, env, deployment: String(newest?.number ?? 0) } }),
    enabled: newest !== undefined,
    // The steps of the one before stay until the new ones are here.
    placeholderData: (before) => before,
  });
  if (list.error !== null) return <Problem error={list.error} retry={() => void list.refetch()} />;
  if (newest === undefined) return null;
  return (
    <section>
      <h2>Deployments</h2>
      {detail.data === undefined ? null : <Steps deployment={detail.data.deployment} journal={detail.data.journal} />}
      <table>
        <thead>
          <tr>
            <th scope="col">Deployment</th>
            <th scope="col">State</th>
            <th scope="col">Goal</th>
            <th scope="col">Requested</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {(list.data ?? []).map((one) => (
            <tr key={one.id}>
              <th scope="row">{one.number}</th>
              <td data-label="State">
                <span className={`state ${one.state}`}>{one.state}</span>
              </td>
              <td data-label="Goal">
                {one.goal.release === null ? "" : `${one.goal.release.chart} ${one.goal.release.version}, `}revision{" "}
                {one.goal.revision}
              </td>
              <td data-label="Requested">
                {time.format(one.requestedAt)} by {one.requestedBy}
              </td>
              <td data-label="Outcome">{one.outcome ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
