import { KeyrollError } from "@keyroll/contract/errors";
import { system } from "../actor.ts";
import { lookForDrift } from "../cluster-drift.ts";
import type { Host } from "../host.ts";
import { isPaused, openEntries } from "../known-drift.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { appById, environmentById } from "../subject.ts";
import { resolveDrift } from "./resolve-drift.ts";

const sweepEvery = 15_000;
/** An environment that only reports is looked at that often. */
const lookEvery = 60_000;
/** What others keep changing is put back no more often. */
const revertEvery = 60_000;
/** Looks under way at the same time: each is one or two requests to a cluster. */
const together = 4;

/** Looks for what others changed in the clusters, one server at a time; puts it back where the environment says so. */
export const startDriftWatch = (host: Host): void => {
  host.jobs.every("drift", sweepEvery, async (signal) => {
    const ids = await deployed(host);
    const worker = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined && !signal.aborted; id = ids.pop()) await look(host, id, signal);
    };
    await Promise.all(Array.from({ length: together }, worker));
  });
};

/** Environments with a Secret that Keyroll wrote, the longest unseen last. */
const deployed = async (host: Host): Promise<string[]> => {
  const rows = await host.db
    .selectFrom("environments")
    .leftJoin("known_drift", "known_drift.environment_id", "environments.id")
    .select(["environments.id", "environments.settings", "known_drift.looked_at"])
    .where("environments.type", "!=", "process")
    .where((e) =>
      e.exists(e.selectFrom("writes").select("writes.seq").whereRef("writes.environment_id", "=", "environments.id")),
    )
    .orderBy("known_drift.looked_at", "desc")
    .execute();
  const now = host.clock.now();
  return rows
    .filter(({ looked_at: at, settings }) => at === null || at <= now - lookEvery || /"drift":"revert"/u.test(settings))
    .map(({ id }) => id);
};

const look = async (host: Host, id: string, signal: AbortSignal): Promise<void> => {
  try {
    const environment = await environmentById(host.db, id);
    const app = environment === null ? null : await appById(host.db, environment.appId);
    if (environment === null || app === null || environment.isMoving) return;
    const known = await lookForDrift({ host, app, environment });
    const { settings } = environment;
    const now = host.clock.now();
    const found = openEntries(known).filter(({ place }) => place === "cluster");
    if (found.length === 0 || settings.drift !== "revert" || isPaused(settings, now)) return;
    if (known.revertedAt !== null && known.revertedAt > now - revertEvery) return;
    await resolveDrift.run(host, {
      actor: system("drift is put back"),
      params: { app: app.name, env: environment.name },
      query: {},
      input: { action: "overwrite", place: "cluster", keys: [] },
      ifMatch: await recordedRevision(host.db, environment.id),
      idempotencyKey: null,
      requestId: null,
      address: null,
      signal,
    });
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof KeyrollError ? error.code : "internal";
    // A deployment at work writes the Secret itself.
    if (code !== "deployment_running")
      host.log.warn({ environment: id, error: code }, "the cluster could not be looked at for drift");
  }
};
