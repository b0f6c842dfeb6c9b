import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, keys, type Environment } from "../client.ts";
import { Ago, useNow } from "../ui/ago.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { Select } from "../ui/field.tsx";
import { Problem } from "../ui/problem.tsx";
import { say } from "../ui/toast.tsx";

const hour = 3_600_000;
const lengths = [
  { value: String(hour), label: "1 hour" },
  { value: String(4 * hour), label: "4 hours" },
  { value: String(24 * hour), label: "1 day" },
  { value: String(7 * 24 * hour), label: "7 days" },
  // A minute less than the server's 30 days: its clock may be behind.
  { value: String(30 * 24 * hour - 60_000), label: "30 days" },
];

/** Pauses what drift leads to, or ends a pause: for whoever works on the cluster by hand for a while. */
export const DriftPause = ({ environment }: { readonly environment: Environment }) => {
  const { app, name: env, settings } = environment;
  const now = useNow();
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const [length, setLength] = useState(String(4 * hour));
  const set = useMutation({
    mutationFn: async (driftPausedUntil: number | null) => {
      await client.call("environments.update", { params: { app, env }, body: { settings: { driftPausedUntil } } });
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      return driftPausedUntil;
    },
    onSuccess: (until) => {
      setIsAsking(false);
      say(until === null ? "Drift counts again." : "Drift is paused: it is told, and blocks nothing.");
    },
  });
  if (settings.driftPausedUntil !== null && settings.driftPausedUntil > now)
    return (
      <>
        <span>
          Paused; ends <Ago at={settings.driftPausedUntil} />
        </span>
        <Button onClick={() => set.mutate(null)} disabled={set.isPending}>
          Resume
        </Button>
        {set.error === null ? null : <Problem error={set.error} />}
      </>
    );
  return (
    <>
      <Button onClick={() => setIsAsking(true)}>Pause drift</Button>
      {isAsking ? (
        <Confirm
          title="Pause drift"
          action="Pause"
          isDangerous={false}
          busy={set.isPending}
          error={set.error}
          onConfirm={() => set.mutate(Date.now() + Number(length))}
          onClose={() => setIsAsking(false)}
        >
          <p>
            What others change past Keyroll is still told, but until then it neither blocks a deployment nor is put
            back: a deployment overwrites it.
          </p>
          <Select label="For" options={lengths} value={length} onChange={(event) => setLength(event.target.value)} />
        </Confirm>
      ) : null}
    </>
  );
};
