import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { mutation } from "../verb.ts";
import { releaseRow } from "./queries.ts";

/** Only a release that no deployment names: undo must stay possible. */
export const removeRelease = mutation(routes["releases.remove"], async ({ tx, app, params, commit }) => {
  const row = await releaseRow(tx, app.id, params.release);
  const used = await tx
    .selectFrom("deployments")
    .select("number")
    .where((e) => e.or([e("goal", "like", `%"${row.id}"%`), e("fallback", "like", `%"${row.id}"%`)]))
    .limit(1)
    .executeTakeFirst();
  if (used !== undefined) {
    throw new KeyrollError("in_use", `Deployment ${used.number} used release ${row.version}.`, {
      next: "Releases of deployments stay, so that undo stays possible.",
    });
  }
  await tx.deleteFrom("releases").where("id", "=", row.id).execute();
  const shared = await tx
    .selectFrom("releases")
    .select("id")
    .where("digest", "=", row.digest)
    .limit(1)
    .executeTakeFirst();
  if (shared === undefined) await tx.deleteFrom("release_files").where("digest", "=", row.digest).execute();
  return await commit({ action: "releases.remove", details: { chart: row.chart, version: row.version } }, {});
});
