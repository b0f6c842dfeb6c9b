import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { stringify } from "yaml";
import type { Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import type { Goal } from "./goal.ts";
import { mergeValues, readValuesMap } from "./merge-values.ts";
import { lastRunning } from "./queries.ts";

/** The newest saved revision, or the one asked for. 0 when nothing was saved: a chart may need no secrets. */
export const pinRevision = async (tx: Tx, environment: EnvironmentRow, asked: number | undefined): Promise<number> => {
  const newest = await tx
    .selectFrom("revisions")
    .select((e) => e.fn.max("revision").as("revision"))
    .where("environment_id", "=", environment.id)
    .executeTakeFirst();
  const last = newest?.revision ?? 0;
  if (asked !== undefined && (asked > last || asked < 1)) {
    throw new KeyrollError("not_found", `There is no revision ${asked}; the newest is ${last}.`, {
      field: "revision",
      limit: last,
      actual: asked,
    });
  }
  return asked ?? last;
};

/** The running release, else the newest pushed one; or the one asked for (`latest`, id, version). Null: no chart is involved. */
export const pinRelease = async (
  tx: Tx,
  app: AppRow,
  environment: EnvironmentRow,
  asked: string | undefined,
): Promise<Goal["release"]> => {
  if (environment.type !== "helm") {
    if (asked !== undefined)
      throw new KeyrollError("invalid", `An environment of type ${environment.type} has no releases.`, {
        field: "release",
      });
    return null;
  }
  const running = (await lastRunning(tx, environment.id))?.goal.release ?? null;
  if (asked === undefined && running !== null) return running;
  const rows = await tx
    .selectFrom("releases")
    .select(["id", "chart", "version"])
    .where("app_id", "=", app.id)
    .orderBy("id", "desc")
    .execute();
  const row =
    asked === undefined || asked === "latest" ? rows[0] : rows.find((one) => one.id === asked || one.version === asked);
  if (row !== undefined) return row;
  const near = nearest(
    asked ?? "",
    rows.map((one) => one.version),
  );
  throw new KeyrollError(
    "not_found",
    rows.length === 0 ? `No chart was pushed for app \`${app.name}\`.` : `There is no release \`${asked ?? ""}\`.`,
    {
      field: "release",
      next:
        rows.length === 0
          ? "Push one: `keyroll release push DIR`."
          : near === null
            ? "`keyroll release ls` shows them."
            : `Did you mean \`${near}\`?`,
    },
  );
};

/**
 * The running version of the Helm values, else the newest. Extra YAML is merged over the newest and saved as a
 * new version first, so that what ran can be read again.
 */
export const pinValues = async (
  tx: Tx,
  environment: EnvironmentRow,
  extra: string | undefined,
  actor: Actor,
  now: number,
): Promise<number | null> => {
  if (environment.type !== "helm") return null;
  const newest = await tx
    .selectFrom("helm_values")
    .select(["version", "text"])
    .where("environment_id", "=", environment.id)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (extra === undefined) return newest?.version ?? 0;
  const text = stringify(mergeValues(readValuesMap(newest?.text ?? ""), readValuesMap(extra)));
  const version = (newest?.version ?? 0) + 1;
  await tx
    .insertInto("helm_values")
    .values({ environment_id: environment.id, version, text, saved_at: now, saved_by: actor.name })
    .execute();
  return version;
};
