import { useQuery } from "@tanstack/react-query";
import { client, keys, type Secret } from "../../api.ts";
import { Loading } from "../../ui/loading.tsx";
import { Problem } from "../../ui/problem.tsx";

const words: Readonly<Record<Secret["state"], string>> = {
  "not-deployed": "saved, never deployed",
  saved: "saved, not live",
  "in-cluster": "in the cluster",
  running: "running",
  removed: "removed, still in the cluster",
};

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Keys, sizes and where each value is; no values. */
export const Secrets = ({ app, env }: { readonly app: string; readonly env: string }) => {
  const list = useQuery({
    queryKey: keys.part(app, env, "secrets"),
    queryFn: async () => await client.call("secrets.list", { params: { app, env } }),
  });
  if (list.isPending) return <Loading what="the keys" />;
  if (list.error !== null) return <Problem error={list.error} retry={() => void list.refetch()} />;
  const { secrets, totalBytes, limits } = list.data;
  if (secrets.length === 0) return null;
  const kept = secrets.filter(({ state }) => state !== "removed").length;
  return (
    <section>
      <h2>Secrets</h2>
      <p className="quiet">
        {kept} of {limits.pairs} pairs, {totalBytes.toLocaleString()} of {limits.totalBytes.toLocaleString()} bytes
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Size</th>
            <th scope="col">Changed</th>
            <th scope="col">Revision</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {secrets.map((one) => (
            <tr key={one.key}>
              <th scope="row">
                <code>{one.key}</code>
              </th>
              <td data-label="Size">{one.state === "removed" ? "–" : `${one.bytes} B`}</td>
              <td data-label="Changed">
                {time.format(one.changedAt)} by {one.changedBy}
              </td>
              <td data-label="Revision">{one.revision}</td>
              <td data-label="State">
                <span className={`state ${one.state}`}>{words[one.state]}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
