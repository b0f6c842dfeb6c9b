import { Link } from "react-router";
import type { App, Environment } from "../../client.ts";
import { to } from "../../paths.ts";
import { useEnvironments } from "../../queries.ts";
import type { Tone } from "../../ui/banner.tsx";
import { Badge, State } from "../../ui/state.tsx";

/** From the database alone: what the pods run is on the environment's own page, which asks the cluster. */
export const liveOf = ({ savedRevision, deployedRevision }: Environment): readonly [Tone, string] => {
  if (savedRevision === 0) return ["plain", "nothing saved"];
  if (deployedRevision === null) return ["warn", `${savedRevision} saved, never deployed`];
  if (deployedRevision < savedRevision) return ["warn", `${deployedRevision} deployed, ${savedRevision} saved`];
  return ["good", `${deployedRevision} deployed`];
};

/** An app's environments with how far each one is. */
export const EnvironmentStates = ({ app }: { readonly app: App }) => {
  const environments = useEnvironments(app.name);
  if (app.environments === 0) return <span className="quiet">none yet</span>;
  if (environments.error !== null) return <span className="quiet">cannot be read now</span>;
  if (environments.data === undefined) return <span className="quiet">{app.environments} …</span>;
  return (
    <ul className="plain-list">
      {environments.data.map((one) => {
        const [tone, words] = liveOf(one);
        return (
          <li key={one.id} className="row">
            <Link to={to.environment(app.name, one.name)}>{one.name}</Link>
            {one.kind === "production" ? <Badge tone="warn">production</Badge> : null}
            <State tone={tone}>{words}</State>
          </li>
        );
      })}
    </ul>
  );
};
