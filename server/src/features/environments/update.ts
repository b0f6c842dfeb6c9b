import { environmentSettings, routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { environmentById } from "../subject.ts";
import { mutation } from "../verb.ts";
import { environmentView } from "./queries.ts";

/** Deployment settings; a running deployment keeps those it started with. */
export const updateEnvironment = mutation(
  routes["environments.update"],
  async ({ tx, host, app, environment, input, now, commit }) => {
    refuseLongPause(input.settings.driftPausedUntil ?? null, now);
    // Whoever changes another setting at the same time comes before or after: neither takes the other's back.
    if (host.dialect === "postgres")
      await tx.selectFrom("environments").select("id").where("id", "=", environment.id).forUpdate().execute();
    const before = await environmentById(tx, environment.id);
    const settings = environmentSettings.parse({ ...before?.settings, ...input.settings });
    await tx
      .updateTable("environments")
      .set({ settings: JSON.stringify(settings) })
      .where("id", "=", environment.id)
      .execute();
    const row = await environmentById(tx, environment.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(
      { action: "environments.update", details: { settings: input.settings } },
      { environment: await environmentView(tx, host, app, row) },
    );
  },
);

const day = 86_400_000;
const longest = 30;

/** @throws {KeyrollError} `invalid`: a pause that nobody would remember. */
const refuseLongPause = (until: number | null, now: number): void => {
  if (until === null || until <= now + longest * day) return;
  throw new KeyrollError("invalid", `driftPausedUntil: a pause lasts at most ${longest} days.`, {
    field: "settings.driftPausedUntil",
    limit: now + longest * day,
    actual: until,
    next: "Choose an earlier end; or set drift=ignore, which has none.",
    changed: false,
  });
};
