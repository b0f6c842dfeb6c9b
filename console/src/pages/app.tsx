import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { client, keys } from "../api.ts";
import { Commands } from "../ui/commands.tsx";
import { Loading } from "../ui/loading.tsx";
import { Problem } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";

export const AppPage = () => {
  const { app = "" } = useParams();
  useTitle(app);
  const environments = useQuery({
    queryKey: keys.environments(app),
    queryFn: async () => await client.call("environments.list", { params: { app }, query: { limit: 200 } }),
  });
  if (environments.isPending) return <Loading what="the environments" />;
  if (environments.error !== null) {
    return (
      <>
        <h1>{app}</h1>
        <Problem error={environments.error} retry={() => void environments.refetch()} />
      </>
    );
  }
  const { items } = environments.data;
  return (
    <>
      <nav aria-label="Where you are" className="crumbs">
        <Link to="/">Apps</Link>
      </nav>
      <h1>{app}</h1>
      {items.length === 0 ? (
        <>
          <p>{app} has no environment yet.</p>
          <Commands
            label="Command that makes an environment"
            lines={[`npx keyroll env create NAME --app ${app} --connection NAME --kind sandbox`]}
          />
        </>
      ) : (
        <ul className="cards">
          {items.map((one) => (
            <li key={one.id} className="card">
              <h2>
                <Link to={`/apps/${app}/${one.name}`}>{one.name}</Link>
                {one.kind === "production" ? <span className="badge">production</span> : null}
              </h2>
              <p className="quiet">
                {one.type} · {one.namespace === null ? one.connection : `${one.connection}, namespace ${one.namespace}`}
              </p>
              <p>
                saved {one.savedRevision} · deployed {one.deployedRevision ?? "nothing"}
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
