import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { client, keys, type Environment, type Status } from "../../client.ts";
import { DriftPause } from "../../forms/drift-pause.tsx";
import { to } from "../../paths.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { say } from "../../ui/toast.tsx";

interface DriftBannerProps {
  readonly environment: Environment;
  readonly status: Status | undefined;
}

/** When others last did something; null: not told. */
const newest = ({ drift }: Status): number | null => {
  const times = drift.entries.flatMap(({ at }) => at ?? []);
  return times.length === 0 ? null : Math.max(...times);
};

/** Who changed what was deployed, what that means, and the two ways on. */
export const DriftBanner = ({ environment, status }: DriftBannerProps) => {
  const { app, name: env, settings } = environment;
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (status === undefined || status.drift.sentence === null) return null;
  const at = newest(status);
  const isInSecret = status.drift.entries.some(({ place }) => place === "cluster");
  const overwrite = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await client.call("drift.resolve", {
        params: { app, env },
        ifMatch: status.saved,
        body: { action: "overwrite", place: "cluster" },
      });
      setIsAsking(false);
      say(`What was deployed is back in ${environment.secretName ?? "the Secret"}.`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
    }
  };
  return (
    <>
      <Banner tone="warn">
        <p>
          {status.drift.sentence}
          {at === null ? null : (
            <>
              {" "}
              <span className="quiet small">
                <Ago at={at} />
              </span>
            </>
          )}
        </p>
        <p>
          {status.drift.pausedUntil !== null
            ? "The next deployment overwrites it."
            : settings.drift === "revert"
              ? "It is put back within a minute."
              : "The next deployment is blocked until this is decided."}
        </p>
        <p className="row">
          <Link to={to.secrets(app, env, { open: "drift" })}>{isInSecret ? "Look, and adopt" : "Look"}</Link>
          {isInSecret ? <Button onClick={() => setIsAsking(true)}>Overwrite</Button> : null}
          <DriftPause environment={environment} />
        </p>
      </Banner>
      {isAsking ? (
        <Confirm
          title="Overwrite what others changed"
          action="Overwrite"
          busy={busy}
          error={error}
          onConfirm={() => void overwrite()}
          onClose={() => setIsAsking(false)}
        >
          <p>
            {status.drift.sentence} What was deployed is written there again, and what others put there is lost. Nothing
            is restarted.
          </p>
        </Confirm>
      ) : null}
    </>
  );
};
