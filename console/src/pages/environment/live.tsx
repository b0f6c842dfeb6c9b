import { Link } from "react-router";
import type { Secret, Status } from "../../client.ts";
import { to } from "../../paths.ts";
import { useSecrets } from "../../queries.ts";
import { Ago } from "../../ui/ago.tsx";
import type { Tone } from "../../ui/banner.tsx";
import { State } from "../../ui/state.tsx";
import { useWho } from "../../who.ts";
import "./environment.css";

const tones: Readonly<Record<Status["state"], Tone>> = {
  "never-saved": "plain",
  "not-deployed": "warn",
  "not-live": "warn",
  rolling: "plain",
  running: "good",
  stale: "bad",
  unknown: "bad",
};

export const toneOf = (state: Status["state"]): Tone => tones[state];

/** How many keys are named; the page of the secrets has the rest. */
const named = 6;

const isPending = ({ state }: Secret): boolean => state === "saved" || state === "not-deployed" || state === "removed";

const NotLive = ({ app, env }: { readonly app: string; readonly env: string }) => {
  const list = useSecrets(app, env).data;
  const pending = (list?.secrets ?? []).filter(isPending);
  const who = useWho();
  // The line is always there, so that what is below it never moves.
  if (pending.length === 0)
    return (
      <p className="small quiet">{list === undefined ? "\u00a0" : "Nothing that is saved waits for a deployment."}</p>
    );
  const more = pending.length - named;
  return (
    <p className="small dots">
      <span>Not live</span>
      {pending.slice(0, named).map(({ key, state, changedBy, changedAt, revision }) => (
        <span key={key}>
          <Link to={to.secrets(app, env, { key })}>
            <code>{key}</code>
          </Link>{" "}
          {state === "removed" ? "removed " : ""}
          <span className="quiet">
            by {who(changedBy)} <Ago at={changedAt} /> ({revision})
          </span>
        </span>
      ))}
      {more > 0 ? <Link to={to.secrets(app, env, { filter: "not-live" })}>and {more} more</Link> : null}
    </p>
  );
};

interface LiveProps {
  readonly app: string;
  readonly env: string;
  readonly status: Status | undefined;
}

/** One sentence: what is not live and what runs; then the keys with their authors. */
export const Live = ({ app, env, status }: LiveProps) => (
  <div className="environment-head" aria-live="polite">
    <p className="sentence">
      {status === undefined ? (
        <span className="quiet">Looking at what runs…</span>
      ) : (
        <State tone={toneOf(status.state)}>{status.sentence}</State>
      )}
    </p>
    <NotLive app={app} env={env} />
  </div>
);
