import { z } from "zod";
import type { Reader } from "../../database/schema.ts";
import type { TemplateRecord, Write } from "../../proof/index.ts";

const keys = z.array(z.string());

/** The write timeline of an environment, oldest first. */
export const writesOf = async (db: Reader, environmentId: string): Promise<Write[]> => {
  const rows = await db
    .selectFrom("writes")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .orderBy("seq")
    .execute();
  return rows.map((row) => ({
    revision: row.revision,
    resourceVersion: row.resource_version,
    at: row.at,
    acknowledgedAt: row.acknowledged_at,
    changed: row.changed === null ? "unknown" : keys.parse(JSON.parse(row.changed)),
    kind: row.kind === "contract" || row.kind === "foreign" ? row.kind : "goal",
  }));
};

/** Templates that were seen to appear, oldest first. */
export const templatesOf = async (db: Reader, environmentId: string): Promise<TemplateRecord[]> => {
  const rows = await db
    .selectFrom("template_records")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .orderBy("at")
    .execute();
  return rows.map((row) => ({
    workloadUid: row.workload_uid,
    hash: row.hash,
    deployment: row.deployment_id,
    revision: row.revision,
    afterResourceVersion: row.after_resource_version,
    restartMark: row.restart_mark,
  }));
};
