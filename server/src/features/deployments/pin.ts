import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { stringify } from "yaml";
import type { Reader, Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import { recordedRevision } from "../newest-manifest.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import type { Goal } from "./goal.ts";
import { mergeValues, readValuesMap } from "./merge-values.ts";
import { lastRunning } from "./queries.ts";

/** The newest saved revision, or the one asked for. 0 when nothing was saved: a chart may need no secrets. */
export const pinRevision = async (tx: Tx, environment: EnvironmentRow, asked: number | undefined): Promise<number> => {
  const last = await recordedRevision(tx, environment.id);
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
  db: Reader,
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
  const running = (await lastRunning(db, environment.id))?.goal.release ?? null;
  if (asked === undefined && running !== null) return running;
  const rows = await db
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

export interface WantedValues {
  /** Absent: the running version, else the newest. */
  readonly version?: number | "latest" | undefined;
  /** YAML to merge over it. */
  readonly extra?: string | undefined;
}

/**
 * Version and text of the Helm values that a deployment takes: the running ones, for somebody's half-edited newer
 * version goes along only when asked for. Version 0 is empty.
 * @throws {KeyrollError} `not_found`; `confirmation_required` when there is YAML to merge and it is not clear over what.
 */
export const chosenValues = async (
  db: Reader,
  environment: EnvironmentRow,
  wanted: WantedValues,
): Promise<{ readonly version: number; readonly text: string; readonly newest: number }> => {
  const rows = db
    .selectFrom("helm_values")
    .select(["version", "text", "saved_by"])
    .where("environment_id", "=", environment.id)
    .orderBy("version", "desc");
  const newest = await rows.limit(1).executeTakeFirst();
  const last = newest?.version ?? 0;
  const running = (await lastRunning(db, environment.id))?.goal.values ?? null;
  const version = wanted.version === "latest" ? last : (wanted.version ?? running ?? last);
  if (version > last)
    throw new KeyrollError("not_found", `There are no Helm values ${version}; the newest are ${last}.`, {
      field: "valuesVersion",
      limit: last,
      actual: version,
    });
  if (wanted.extra !== undefined && wanted.version === undefined && version !== last) {
    throw new KeyrollError(
      "confirmation_required",
      `Helm values ${last}, saved by ${newest?.saved_by ?? "somebody"}, do not run yet; running are ${version}.`,
      {
        field: "valuesVersion",
        next: `Say which the change is made on: --values latest takes them along, --values ${version} leaves them out.`,
        changed: false,
      },
    );
  }
  const row = version === last ? newest : await rows.where("version", "=", version).executeTakeFirst();
  return { version, text: row?.text ?? "", newest: last };
};

/** @throws {KeyrollError} `invalid`, with the field, when any of these is given where there is no chart to take it. */
export const refuseValues = (
  { type }: Pick<EnvironmentRow, "type">,
  given: Readonly<Record<string, unknown>>,
): void => {
  const field = Object.keys(given).find((name) => given[name] !== undefined);
  if (field !== undefined)
    throw new KeyrollError("invalid", `An environment of type ${type} has no Helm values.`, { field });
};

/**
 * The version that the goal names; extra YAML makes a new one first, so that what ran can be read again. Null: no chart
 * is involved.
 * @throws {KeyrollError} `invalid` when Helm values are wanted where there is no chart; as `chosenValues`.
 */
export const pinValues = async (
  tx: Tx,
  environment: EnvironmentRow,
  wanted: WantedValues,
  actor: Actor,
  now: number,
): Promise<number | null> => {
  if (environment.type !== "helm") {
    refuseValues(environment, { values: wanted.extra, valuesVersion: wanted.version });
    return null;
  }
  const { version, text, newest } = await chosenValues(tx, environment, wanted);
  if (wanted.extra === undefined) return version;
  const merged = stringify(mergeValues(readValuesMap(text), readValuesMap(wanted.extra)));
  await tx
    .insertInto("helm_values")
    .values({
      environment_id: environment.id,
      version: newest + 1,
      text: merged,
      saved_at: now,
      saved_by: actor.name,
    })
    .execute();
  return newest + 1;
};
