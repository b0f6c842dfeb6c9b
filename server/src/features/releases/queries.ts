import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { z } from "zod";
import type { Reader } from "../../database/schema.ts";

const requires = z.array(z.string());

const views = (db: Reader, appId: string) => db.selectFrom("releases").selectAll().where("app_id", "=", appId);
type Row = Awaited<ReturnType<ReturnType<typeof views>["executeTakeFirstOrThrow"]>>;

export const releaseView = (row: Row) => ({
  id: row.id,
  chart: row.chart,
  version: row.version,
  appVersion: row.app_version,
  digest: row.digest,
  bytes: row.bytes,
  requires: requires.parse(JSON.parse(row.requires)),
  pushedAt: row.pushed_at,
  pushedBy: row.pushed_by,
});

export const releasesOf = views;

/** By id, or by version (the newest push of it). @throws {KeyrollError} `not_found`. */
export const releaseRow = async (db: Reader, appId: string, idOrVersion: string): Promise<Row> => {
  const rows = await views(db, appId).orderBy("id", "desc").execute();
  const row = rows.find(({ id }) => id === idOrVersion) ?? rows.find(({ version }) => version === idOrVersion);
  if (row !== undefined) return row;
  const near = nearest(
    idOrVersion,
    rows.map(({ version }) => version),
  );
  throw new KeyrollError("not_found", `There is no release \`${idOrVersion}\`.`, {
    field: "release",
    next: near === null ? "`keyroll release ls` shows what was pushed." : `Did you mean \`${near}\`?`,
  });
};
