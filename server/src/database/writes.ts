import { z } from "zod";
import type { Reader, Tx } from "./schema.ts";

const keysType = z.array(z.string());

export interface NewWrite {
  readonly environmentId: string;
  readonly revision: number | null;
  readonly resourceVersion: string;
  readonly at: number;
  readonly acknowledgedAt: number | null;
  readonly changed: readonly string[] | null;
  readonly kind: "goal" | "contract" | "foreign";
}

/** Adds a content change of `app-secrets` to its timeline, once. */
export const insertWrite = async (tx: Tx, write: NewWrite): Promise<void> => {
  const last = await tx
    .selectFrom("writes")
    .select((e) => e.fn.max("seq").as("seq"))
    .where("environment_id", "=", write.environmentId)
    .executeTakeFirst();
  await tx
    .insertInto("writes")
    .values({
      environment_id: write.environmentId,
      seq: (last?.seq ?? 0) + 1,
      revision: write.revision,
      resource_version: write.resourceVersion,
      at: write.at,
      acknowledged_at: write.acknowledgedAt,
      changed: write.changed === null ? null : JSON.stringify(write.changed),
      kind: write.kind,
    })
    .onConflict((conflict) => conflict.columns(["environment_id", "resource_version"]).doNothing())
    .execute();
};

export interface LastWrites {
  /** The newest content change, whoever made it. */
  readonly last: { readonly seq: number; readonly kind: string; readonly resourceVersion: string; readonly at: number };
  /** The newest one of Keyroll's. */
  readonly own: {
    readonly seq: number;
    readonly kind: string;
    readonly revision: number;
    readonly resourceVersion: string;
    readonly at: number;
  };
}

/** Keys that others changed since Keyroll's last write; null: not known which. */
export const foreignKeys = async (db: Reader, environmentId: string): Promise<readonly string[] | null> => {
  const ends = await lastWrites(db, environmentId);
  if (ends === null || ends.last.kind !== "foreign") return [];
  const rows = await db
    .selectFrom("writes")
    .select("changed")
    .where("environment_id", "=", environmentId)
    .where("seq", ">", ends.own.seq)
    .execute();
  const keys = rows.map(({ changed }) => (changed === null ? null : keysType.parse(JSON.parse(changed))));
  return keys.includes(null) ? null : [...new Set(keys.flatMap((some) => some ?? []))];
};

/** The ends of the timeline; null: Keyroll never wrote there. */
export const lastWrites = async (db: Reader, environmentId: string): Promise<LastWrites | null> => {
  const rows = db
    .selectFrom("writes")
    .select(["seq", "kind", "revision", "resource_version", "at"])
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1);
  const [last, own] = [await rows.executeTakeFirst(), await rows.where("kind", "!=", "foreign").executeTakeFirst()];
  if (last === undefined || own === undefined) return null;
  return {
    last: { seq: last.seq, kind: last.kind, resourceVersion: last.resource_version, at: last.at },
    own: {
      seq: own.seq,
      kind: own.kind,
      revision: own.revision ?? 0,
      resourceVersion: own.resource_version,
      at: own.at,
    },
  };
};
