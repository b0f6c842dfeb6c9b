import { KeyrollError } from "@keyroll/contract/errors";
import { system } from "../actor.ts";
import type { Host } from "../host.ts";
import { isPaused, knownDrift, openEntries, revertDrift } from "../known-drift.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { appById, environmentById } from "../subject.ts";
import { resolveDrift } from "./resolve-drift.ts";

/** What others keep changing is put back no more often. */
const revertEvery = 60_000;

/** Puts back what others changed in the cluster, where the environment says so; whoever looks at the clusters wakes it. */
export const startRevertingDrift = (host: Host): void =>
  host.jobs.on(revertDrift, async (id, signal) => await revert(host, id, signal));

const revert = async (host: Host, id: string, signal: AbortSignal): Promise<void> => {
  const environment = await environmentById(host.db, id);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null || environment.isMoving) return;
  const { settings } = environment;
  const now = host.clock.now();
  const known = await knownDrift(host.db, id);
  const found = openEntries(known).filter(({ place }) => place === "cluster");
  if (found.length === 0 || settings.drift !== "revert" || isPaused(settings, now)) return;
  if (known.revertedAt !== null && known.revertedAt > now - revertEvery) return;
  try {
    await resolveDrift.run(host, {
      actor: system("drift is put back"),
      params: { app: app.name, env: environment.name },
      query: {},
      input: { action: "overwrite", place: "cluster", keys: [] },
      ifMatch: await recordedRevision(host.db, id),
      idempotencyKey: null,
      requestId: null,
      address: null,
      signal,
    });
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof KeyrollError ? error.code : "internal";
    // A deployment at work writes the Secret itself.
    if (code !== "deployment_running") host.log.warn({ environment: id, error: code }, "drift could not be put back");
  }
};
