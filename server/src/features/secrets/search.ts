import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { sql } from "kysely";
import { fold } from "../../database/key-names.ts";
import type { Reader } from "../../database/schema.ts";
import { cut } from "../paging.ts";
import { query } from "../verb.ts";
import { liveOf, stateOf } from "./queries.ts";

/** How near a name is: equal, begins so, has it somewhere. */
const ranks = [0, 1, 2] as const;
type Rank = (typeof ranks)[number];

interface Place {
  readonly rank: Rank;
  readonly environmentId: string;
  readonly key: string;
}

const cursorOf = ({ rank, environmentId, key }: Place): string => `${rank}/${environmentId}/${key}`;

const placeOf = (cursor: string): Place => {
  const [, digit, environmentId, key] = /^([012])\/([^/]+)\/(.+)$/u.exec(cursor) ?? [];
  const rank = ranks.find((one) => String(one) === digit);
  if (rank === undefined || environmentId === undefined || key === undefined)
    throw new KeyrollError("bad_request", "The cursor is not one that a search gave.", { field: "query.cursor" });
  return { rank, environmentId, key };
};

/** `_` is in most keys, and would stand for any letter. */
const literal = (text: string): string => text.replaceAll(/[\\%_]/gu, (sign) => `\\${sign}`);

/**
 * One rank at a time, each in the order of the index, so that a page ends as soon as it is full; only a text that
 * few keys have is looked for in all of them.
 */
const ranked = async (db: Reader, text: string, rank: Rank, after: Place | null, limit: number) => {
  const folded = sql.ref("secret_keys.folded");
  const begins = `${literal(text)}%`;
  const matches = [
    sql<boolean>`${folded} = ${text}`,
    sql<boolean>`${folded} like ${begins} escape '\\' and ${folded} <> ${text}`,
    sql<boolean>`${folded} like ${`_%${begins}`} escape '\\' and ${folded} not like ${begins} escape '\\'`,
  ] as const;
  let rows = db
    .selectFrom("secret_keys")
    .select(["environment_id as environmentId", "key", "revision"])
    .where(matches[rank]);
  if (after !== null)
    rows = rows.where(
      sql<boolean>`(folded, environment_id, key) > (${fold(after.key)}, ${after.environmentId}, ${after.key})`,
    );
  const found = await rows.orderBy("folded").orderBy("environment_id").orderBy("key").limit(limit).execute();
  return found.map((row) => ({ ...row, rank }));
};

/** Key names of all environments, from the database alone: no store is opened. */
export const searchKeys = query(routes["search.keys"], async ({ db, query: asked }) => {
  const after = asked.cursor === undefined ? null : placeOf(asked.cursor);
  const found: Awaited<ReturnType<typeof ranked>> = [];
  for (const rank of ranks) {
    if (rank < (after?.rank ?? 0)) continue;
    const from = rank === after?.rank ? after : null;
    found.push(...(await ranked(db, fold(asked.key), rank, from, asked.limit + 1 - found.length)));
    if (found.length > asked.limit) break;
  }
  const { items, next } = cut(found, asked.limit, cursorOf);
  const ids = [...new Set(items.map((item) => item.environmentId))];
  if (ids.length === 0) return { items: [], next };
  const [places, authors, live] = await Promise.all([
    db
      .selectFrom("environments")
      .innerJoin("apps", "apps.id", "environments.app_id")
      .select(["environments.id", "environments.name as env", "environments.kind", "apps.name as app"])
      .where("environments.id", "in", ids)
      .execute(),
    db
      .selectFrom("revisions")
      .select(["environment_id", "revision", "author", "at"])
      .where("environment_id", "in", ids)
      .where("revision", "in", [...new Set(items.map((item) => item.revision))])
      .execute(),
    Promise.all(ids.map(async (id) => [id, await liveOf(db, id)] as const)),
  ]);
  const placeById = new Map(places.map((place) => [place.id, place]));
  const liveById = new Map(live);
  const authorOf = new Map(authors.map((row) => [`${row.environment_id}/${row.revision}`, row]));
  return {
    items: items.flatMap(({ key, environmentId, revision }) => {
      const place = placeById.get(environmentId);
      const by = authorOf.get(`${environmentId}/${revision}`);
      const now = liveById.get(environmentId);
      // Removed between two of the queries: it is found no more.
      if (place === undefined || by === undefined || now === undefined) return [];
      const { app, env } = place;
      return [
        {
          key,
          app,
          env,
          kind: place.kind === "production" ? ("production" as const) : ("sandbox" as const),
          revision,
          state: stateOf(revision, now),
          changedAt: by.at,
          changedBy: by.author,
        },
      ];
    }),
    next,
  };
});
