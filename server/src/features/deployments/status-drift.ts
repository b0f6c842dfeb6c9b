import type { OutputOf, Routes } from "@keyroll/contract";
import type { Reader } from "../../database/schema.ts";
import { driftSentence, isPaused, knownDrift, openEntries } from "../known-drift.ts";
import type { Host } from "../host.ts";
import type { EnvironmentRow } from "../subject.ts";

interface Parts {
  readonly db: Reader;
  readonly host: Host;
  readonly environment: EnvironmentRow;
}

/** What others changed in the cluster, as the last look found it. An environment that ignores drift tells of none. */
export const statusDrift = async ({
  db,
  host,
  environment,
}: Parts): Promise<OutputOf<Routes["status.get"]>["drift"]> => {
  const { settings, secretName } = environment;
  const entries = settings.drift === "ignore" ? [] : openEntries(await knownDrift(db, environment.id));
  return {
    entries,
    sentence: driftSentence(entries, secretName),
    pausedUntil: isPaused(settings, host.clock.now()) ? settings.driftPausedUntil : null,
  };
};
