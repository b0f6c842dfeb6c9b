import { routes } from "@keyroll/contract";
import { cut, startOf } from "../paging.ts";
import { query } from "../verb.ts";
import { releaseRow, releasesOf, releaseView } from "./queries.ts";

/** Releases of an app, newest first. */
export const listReleases = query(routes["releases.list"], async ({ db, app, query: page }) => {
  const start = startOf(page.cursor);
  let rows = releasesOf(db, app.id);
  if (start !== null) rows = rows.where("id", "<", start);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page.limit + 1)
      .execute(),
    page.limit,
    (row) => row.id,
  );
  return { items: items.map(releaseView), next };
});

/** One release with what its chart sets and takes, read out of the package itself. */
export const getRelease = query(routes["releases.get"], async ({ db, host, app, params }) => {
  const row = await releaseRow(db, app.id, params.release);
  const { content } = await db
    .selectFrom("release_files")
    .select("content")
    .where("digest", "=", row.digest)
    .executeTakeFirstOrThrow();
  const { text, isCut, schema } = await host.charts.values(content);
  return { release: releaseView(row), values: text, valuesCut: isCut, schema };
});
