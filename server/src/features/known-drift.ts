import { count } from "@keyroll/pairs";
import { driftEntry } from "@keyroll/contract";
import { z } from "zod";
import { runsOf } from "../database/deployed-goals.ts";
import type { Dialect } from "../database/migrate.ts";
import type { Reader, Tx } from "../database/schema.ts";
import type { EnvironmentSettings } from "./subject.ts";

/** One thing that others did; never a value. */
export type DriftEntry = z.output<typeof driftEntry>;

/** What is known of what others changed in the cluster. */
export interface KnownDrift {
  readonly lookedAt: number | null;
  /** Of `app-secrets` when it was compared; null: never, or it could not be. */
  readonly resourceVersion: string | null;
  readonly entries: readonly DriftEntry[];
  /** Key -> the revision that took what others had put there; the next deployment of it settles the matter. */
  readonly adopted: ReadonlyMap<string, number>;
  readonly acceptedRelease: number | null;
  readonly revertedAt: number | null;
}

const entriesType = z.array(driftEntry);
const adoptedType = z.record(z.string(), z.number());

export const nothingKnown: KnownDrift = {
  lookedAt: null,
  resourceVersion: null,
  entries: [],
  adopted: new Map(),
  acceptedRelease: null,
  revertedAt: null,
};

/** What the last look found. */
export const knownDrift = async (db: Reader, environmentId: string): Promise<KnownDrift> => {
  const row = await db
    .selectFrom("known_drift")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .executeTakeFirst();
  if (row === undefined) return nothingKnown;
  return {
    lookedAt: row.looked_at,
    resourceVersion: row.resource_version,
    entries: entriesType.parse(JSON.parse(row.entries)),
    adopted: new Map(Object.entries(adoptedType.parse(JSON.parse(row.adopted)))),
    acceptedRelease: row.accepted_release,
    revertedAt: row.reverted_at,
  };
};

/** Those that nobody has decided on yet. */
export const openEntries = ({ entries, adopted }: KnownDrift): DriftEntry[] =>
  entries.filter(({ key }) => key === null || !adopted.has(key));

/** What is known, for whoever changes it: nobody else does until the transaction ends. SQLite has one writer anyway. */
export const holdDrift = async (tx: Tx, dialect: Dialect, environmentId: string): Promise<KnownDrift> => {
  if (dialect === "postgres")
    await tx.selectFrom("environments").select("id").where("id", "=", environmentId).forNoKeyUpdate().execute();
  return await knownDrift(tx, environmentId);
};

/** Replaces what is known. `open` is what a list of many environments reads. */
export const keepKnown = async (tx: Tx, environmentId: string, lookedAt: number, known: KnownDrift): Promise<void> => {
  const row = {
    looked_at: lookedAt,
    resource_version: known.resourceVersion,
    entries: JSON.stringify(known.entries),
    open: openEntries(known).length,
    adopted: JSON.stringify(Object.fromEntries(known.adopted)),
    accepted_release: known.acceptedRelease,
    reverted_at: known.revertedAt,
  };
  await tx
    .insertInto("known_drift")
    .values({ environment_id: environmentId, ...row })
    .onConflict((conflict) => conflict.column("environment_id").doUpdateSet(row))
    .execute();
};

/** Whether it stands until the Secret or the release moves: it was compared, or there is nothing to compare. */
export const isSettled = ({ resourceVersion, entries }: KnownDrift): boolean =>
  resourceVersion !== null || entries.some(({ kind }) => kind === "deleted");

/** Wakes whoever puts back what others changed in an environment. */
export const revertDrift = "revert-drift";

/** Begins the mark of an observation: another version may judge otherwise, another deployment has changed what is there. */
export const seenUnder = (version: string, newestDeployment: string): string => `${version}/${newestDeployment}/`;

/**
 * When the environment was last seen as the observation has it: by itself, or in a look at its whole cluster that found it
 * unmoved. Null: it was not looked at since its newest deployment, or could not be.
 */
export const unmovedAt = async (db: Reader, version: string, environmentId: string): Promise<number | null> => {
  const newest = await runsOf(db, environmentId).select("deployments.id").limit(1).executeTakeFirst();
  const row = await db
    .selectFrom("observations as o")
    .innerJoin("environments as e", "e.id", "o.environment_id")
    .leftJoin("connection_looks as l", "l.connection_id", "e.connection_id")
    .select(["o.mark", "o.at", "l.at as whole"])
    .where("o.environment_id", "=", environmentId)
    .executeTakeFirst();
  if (row?.mark.startsWith(seenUnder(version, newest?.id ?? "")) !== true) return null;
  return Math.max(row.at, row.whole ?? 0);
};

/** Whether drift is only told for now: neither blocked nor put back. */
export const isPaused = ({ driftPausedUntil: until }: EnvironmentSettings, now: number): boolean =>
  until !== null && until > now;

const few = (keys: readonly string[]): string =>
  keys.length > 5 ? `${keys.slice(0, 4).join(", ")} and ${count(keys.length - 4, "more key")}` : keys.join(", ");

/** `LOG_LEVEL, NEW_KEY`, with the names of those who did it: one sentence for people. Null: nothing. */
export const driftSentence = (entries: readonly DriftEntry[], secretName: string | null): string | null => {
  const keyed = entries.filter(({ place, key }) => place === "cluster" && key !== null);
  const whole = entries.filter(({ key }) => key === null).map(({ message }) => message);
  const names = [...new Set(keyed.flatMap(({ by }) => by ?? []))];
  const who = names.length === 0 ? "" : ` by ${names.join(" and ")}`;
  const keys = keyed.flatMap(({ key }) => key ?? []);
  const changed = keys.length === 0 ? [] : [`${secretName ?? "app-secrets"} was changed${who}: ${few(keys)}.`];
  const sentences = [...changed, ...whole];
  return sentences.length === 0 ? null : sentences.join(" ");
};
