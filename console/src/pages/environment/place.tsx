import { Link } from "react-router";
import type { Deployment, Environment } from "../../client.ts";
import { to } from "../../paths.ts";
import { Ago } from "../../ui/ago.tsx";
import "./environment.css";

const types = {
  helm: "rolled by Keyroll with Helm",
  restart: "rolled by something else, restarted by Keyroll",
  process: "processes of keyroll run",
} as const;

interface PlaceProps {
  readonly environment: Environment;
  readonly deployment: Deployment | null;
}

/** Where the environment is, what is deployed there, and how the last deployment ended. */
export const Place = ({ environment, deployment }: PlaceProps) => {
  const { app, name, connection, namespace, secretName, type, store } = environment;
  const release = deployment?.goal.release ?? null;
  return (
    <p className="quiet dots">
      <span>
        <Link to={to.connection(connection)}>{connection}</Link>
        {namespace === null ? "" : ` · namespace ${namespace}`}
      </span>
      <span>{types[type]}</span>
      <span>{store.label}</span>
      {secretName === null || secretName === "app-secrets" ? null : (
        <span>
          Secret <code>{secretName}</code>
        </span>
      )}
      {release === null ? null : (
        <span>
          chart {release.chart} {release.version}
        </span>
      )}
      {deployment === null ? null : (
        <span>
          <Link to={to.deployment(app, name, deployment.number)}>deployment {deployment.number}</Link>,{" "}
          <Ago at={deployment.endedAt ?? deployment.requestedAt} />, {deployment.state}
        </span>
      )}
    </p>
  );
};
