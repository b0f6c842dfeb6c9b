import { KeyrollError } from "@keyroll/contract/errors";
import { lookForDrift } from "../../cluster-drift.ts";
import { driftSentence, isPaused, openEntries, type DriftEntry, type KnownDrift } from "../../known-drift.ts";
import type { Job } from "../job.ts";

/** What is there no more costs nobody anything: a deployment makes it again. */
const isLost = ({ kind }: DriftEntry): boolean => kind !== "deleted" && kind !== "uninstalled" && kind !== "unmarked";

/** What others did that this deployment would take away. What its goal has adopted stays. */
const lostBy = ({ goal }: Job, { entries, adopted }: KnownDrift): DriftEntry[] =>
  entries.filter(
    (entry) => isLost(entry) && goal.revision < ((entry.key === null ? null : adopted.get(entry.key)) ?? Infinity),
  );

/**
 * Looks for what others changed since the last deployment, before anything is changed.
 * @throws {KeyrollError} `drift` naming keys and managers, when the environment reports and nobody said to go on.
 */
export const refuseDrift = async (job: Job): Promise<void> => {
  const { host, app, environment, row, target } = job;
  const known = await lookForDrift({ host, app, environment }, { target, own: row.number });
  const lost = lostBy(job, known);
  const sentence = driftSentence(lost, environment.secretName);
  if (sentence === null) return;
  const { settings } = environment;
  const goesOn = settings.drift !== "report" || isPaused(settings, host.clock.now()) || row.options.overwriteDrift;
  if (goesOn) {
    await job.journal({ type: "log", message: `${sentence} It is written anew.` });
    return;
  }
  const keys = openEntries({ ...known, entries: lost }).flatMap(({ key }) => key ?? []);
  throw new KeyrollError("drift", `Others changed what was deployed. ${sentence}`, {
    keys,
    next: "Adopt it (`keyroll drift adopt`), or overwrite it: `keyroll deploy --overwrite-drift`, or `keyroll drift overwrite`.",
    changed: false,
  });
};
