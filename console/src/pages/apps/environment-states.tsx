import { useState } from "react";
import { Link } from "react-router";
import type { Environment, FleetStatus } from "../../client.ts";
import { to } from "../../paths.ts";
import { Ago } from "../../ui/ago.tsx";
import type { Tone } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Badge, State } from "../../ui/state.tsx";
import { useWho } from "../../who.ts";
import { glanceOf } from "./fleet.ts";

/** From the database alone: what the pods run is on the environment's own page, which asks the cluster. */
export const liveOf = ({ savedRevision, deployedRevision }: Environment): readonly [Tone, string] => {
  if (savedRevision === 0) return ["plain", "nothing saved"];
  if (deployedRevision === null) return ["warn", `${savedRevision} saved, never deployed`];
  if (deployedRevision < savedRevision) return ["warn", `${deployedRevision} deployed, ${savedRevision} saved`];
  return ["good", `${deployedRevision} deployed`];
};

/** How many are named at once; the rest comes by a click. */
const named = 8;

const Glance = ({ one }: { readonly one: FleetStatus }) => {
  const { app, env, kind, deployment, drift, state, waiting, trouble } = one;
  const [tone, words] = glanceOf(one);
  const who = useWho();
  return (
    <li className="row">
      <Link to={to.environment(app, env)}>{env}</Link>
      {kind === "production" ? <Badge tone="warn">production</Badge> : null}
      <State tone={tone}>{words}</State>
      {drift && state !== "unknown" ? <State tone="bad">changed by somebody else</State> : null}
      {deployment?.state === "failed" ? (
        <Link to={to.deployment(app, env, deployment.number)}>deployment {deployment.number} failed</Link>
      ) : null}
      {trouble !== null ? (
        <span className="quiet small">
          since <Ago at={trouble.since} />
        </span>
      ) : waiting === null ? null : (
        <span className="quiet small">
          waits since <Ago at={waiting.at} />, by {who(waiting.by)}
        </span>
      )}
    </li>
  );
};

interface EnvironmentStatesProps {
  readonly app: string;
  readonly environments: readonly FleetStatus[];
}

/** An app's environments as they were last seen, worst first. */
export const EnvironmentStates = ({ app, environments }: EnvironmentStatesProps) => {
  const [isWhole, setIsWhole] = useState(false);
  if (environments.length === 0) return <span className="quiet">none yet</span>;
  const more = environments.length - named;
  return (
    <>
      <ul className="plain-list">
        {environments.slice(0, isWhole ? undefined : named).map((one) => (
          <Glance key={one.env} one={one} />
        ))}
      </ul>
      {more <= 0 ? null : (
        <Button small kind="plain" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show ${more} more`}
          <span className="unseen"> environments of {app}</span>
        </Button>
      )}
    </>
  );
};
