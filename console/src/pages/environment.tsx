import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { client, keys } from "../api.ts";
import { useLive } from "../live.ts";
import { Commands } from "../ui/commands.tsx";
import { Loading } from "../ui/loading.tsx";
import { Problem } from "../ui/problem.tsx";
import { useTitle } from "../ui/title.ts";
import { Deployments } from "./environment/deployments.tsx";
import { Instances } from "./environment/instances.tsx";
import { Secrets } from "./environment/secrets.tsx";

const tones = {
  "never-saved": "",
  "not-deployed": "warn",
  "not-live": "warn",
  rolling: "",
  running: "good",
  stale: "bad",
  unknown: "bad",
} as const;

const figure = (revision: number | null): string => (revision === null ? "–" : String(revision));

/** How to go on from the command line, in the order in which it is done. */
const nextLines = (app: string, env: string, type: string): string[] => [
  `npx keyroll login ${globalThis.location.origin}`,
  `npx keyroll link --app ${app} --env ${env}`,
  "npx keyroll set GREETING",
  ...(type === "helm" ? ["npx keyroll release push ./chart"] : []),
  "npx keyroll deploy",
  ...(type === "process" ? ["npx keyroll run --watch -- node server.js"] : ["npx keyroll status"]),
];

export const EnvironmentPage = () => {
  const { app = "", env = "" } = useParams();
  useTitle(`${app} / ${env}`);
  const params = { app, env };
  const trouble = useLive(app, env);
  const queries = useQueryClient();
  const environment = useQuery({
    queryKey: keys.part(app, env, "settings"),
    queryFn: async () => (await client.call("environments.get", { params })).environment,
  });
  const status = useQuery({
    queryKey: keys.part(app, env, "status"),
    queryFn: async () => await client.call("status.get", { params }),
    enabled: environment.data !== undefined,
    refetchInterval: trouble === null ? 15_000 : 5000,
  });
  const deploy = useMutation({
    mutationFn: async () => await client.call("deployments.request", { params, body: {} }),
    onSettled: async () => await queries.invalidateQueries({ queryKey: keys.environment(app, env) }),
  });
  if (environment.isPending) return <Loading what="the environment" />;
  if (environment.error !== null) {
    return (
      <>
        <h1>{env}</h1>
        <Problem error={environment.error} retry={() => void environment.refetch()} />
      </>
    );
  }
  const { kind, type, namespace, connection } = environment.data;
  const now = status.data;
  const isRolling = now?.state === "rolling";
  return (
    <>
      <nav aria-label="Where you are" className="crumbs">
        <Link to="/">Apps</Link> / <Link to={`/apps/${app}`}>{app}</Link>
      </nav>
      <div className="head">
        <h1>
          {env} {kind === "production" ? <span className="badge">production</span> : null}
        </h1>
        <button
          type="button"
          className="main"
          disabled={deploy.isPending || isRolling || now === undefined || now.saved === 0}
          onClick={() => deploy.mutate()}
        >
          {now === undefined || now.saved === 0 ? "Deploy" : `Deploy ${now.saved}`}
        </button>
      </div>
      <p className="quiet">
        {type} · {namespace === null ? connection : `${connection}, namespace ${namespace}`}
      </p>
      {trouble === null ? null : (
        <div className="notice warn" role="status">
          <p>Live updates are lost ({trouble}) The page asks every 5 seconds.</p>
        </div>
      )}
      {deploy.error === null ? null : <Problem error={deploy.error} />}
      {status.error === null ? null : <Problem error={status.error} retry={() => void status.refetch()} />}
      {now === undefined ? null : (
        <section aria-label="Status" className={`notice ${tones[now.state]}`} aria-live="polite">
          <p>
            <strong>{now.sentence}</strong>
          </p>
          <dl className="figures">
            <div>
              <dt>saved</dt>
              <dd>{now.saved}</dd>
            </div>
            <div>
              <dt>in cluster</dt>
              <dd>{figure(now.inCluster)}</dd>
            </div>
            <div>
              <dt>running</dt>
              <dd>{figure(now.running)}</dd>
            </div>
          </dl>
        </section>
      )}
      {now?.state === "never-saved" ? (
        <section>
          <h2>Go on in a terminal</h2>
          <p>Run these in the checkout of Keyroll; this page follows live.</p>
          <Commands label="Commands to go on with" lines={nextLines(app, env, type)} />
        </section>
      ) : null}
      <Secrets app={app} env={env} />
      {now === undefined ? null : <Instances workloads={now.workloads} type={type} />}
      <Deployments app={app} env={env} />
    </>
  );
};
