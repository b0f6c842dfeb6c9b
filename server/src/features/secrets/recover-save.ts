import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Manifest } from "../../ports/secret-store.ts";
import { system } from "../actor.ts";
import { writeAudit } from "../audit-entry.ts";
import { storeOf, type Host } from "../host.ts";
import { newestManifest, recordedRevision } from "../newest-manifest.ts";
import type { Unsettled } from "../operation.ts";
import { appById, environmentById, type AppRow, type EnvironmentRow } from "../subject.ts";
import { purgeValues, recordPurge } from "./purge.ts";
import { keysTouchedSince } from "./queries.ts";
import { movedMeta, recordMeta, recordRevision } from "./record.ts";
import { deployAfter, notAsked } from "./settle.ts";

const noted = z.object({
  note: z.string().nullable().optional(),
  url: z.string().nullable().optional(),
  rotateBy: z.string().nullable().optional(),
  visible: z.boolean().optional(),
});

/** `SaveIntent` as it was written; what older versions did not write is empty. */
const intents = z.object({
  txn: z.string(),
  base: z.number(),
  message: z.string().nullable(),
  restoredFrom: z.number().nullable(),
  retiresOld: z.array(z.string()).default([]),
  renamed: z.array(z.tuple([z.string(), z.string()])).default([]),
  meta: z.array(z.tuple([z.string(), noted])).default([]),
  purge: z.array(z.string()).default([]),
  drift: z
    .object({
      action: z.enum(["adopt", "overwrite"]),
      place: z.enum(["store", "cluster", "release"]).optional(),
      keys: z.array(z.string()),
    })
    .optional(),
});

type Intent = z.output<typeof intents>;

interface Where {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/**
 * A save whose process died between the store and the database: if the store has its commit, the revision is
 * recorded now; if not, nothing was saved.
 */
export const recoverSave = async (host: Host, row: Unsettled): Promise<string> => {
  const environment = row.environmentId === null ? null : await environmentById(host.db, row.environmentId);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null) return "the environment is gone";
  const intent = intents.parse(row.intent);
  const store = storeOf(host, app, environment);
  for (const { revision } of await store.revisions({ limit: 20 })) {
    // It was made on `base` or on something newer.
    if (revision <= intent.base) break;
    const manifest = await store.manifest({ at: revision });
    if (manifest?.txn !== intent.txn) continue;
    const before = revision === 1 ? null : await store.manifest({ at: revision - 1 });
    if (revision > 1 && before === null)
      throw new KeyrollError("revision_gone", `Revision ${revision - 1} cannot be read any more.`);
    const left = await recordRecovered({ host, app, environment }, intent, manifest, before);
    return [`revision ${revision} was in the store and is recorded now`, ...left].join(". ");
  }
  const saved = "the store never had it: nothing was saved";
  return intent.purge.length === 0 ? saved : `${saved}. ${await finishPurge({ host, app, environment }, intent.purge)}`;
};

/** The purge of keys that were removed before saves nothing: it may have begun, and is done to its end. */
const finishPurge = async (where: Where, keys: readonly string[]): Promise<string> => {
  const { host, environment } = where;
  const newest = await newestManifest(host.db, where);
  if (newest === null || keys.some((key) => newest.entries.has(key))) return "Nothing was purged";
  const { failed, unrecorded } = await purgeValues({ ...where, tx: null }, keys, newest.revision);
  if (failed.length > 0) return failed.map(({ message }) => message).join(" ");
  await host.db.transaction().execute(async (tx) => {
    const gone = await recordPurge(tx, environment.id, keys, newest.revision, unrecorded);
    const details = { revision: newest.revision, recovered: true, keys: [], purged: [...keys], revisionsGone: gone };
    await writeAudit(tx, host, system("recovered save"), null, where, { action: "secrets.change", details });
  });
  return "What it was to purge is purged";
};

/** What its own process would have recorded. Answers what could not follow it. */
const recordRecovered = async (
  where: Where,
  intent: Intent,
  manifest: Manifest,
  before: Manifest | null,
): Promise<string[]> => {
  const { host, environment } = where;
  const { revision } = manifest;
  const actor = system("recovered save");
  const isRemoved = intent.purge.length > 0 && !intent.purge.some((key) => manifest.entries.has(key));
  const purged = isRemoved ? await purgeValues({ ...where, tx: null }, intent.purge, revision) : null;
  const purges = purged?.failed.length === 0;
  return await host.db.transaction().execute(async (tx) => {
    const moved = await movedMeta(tx, environment.id, new Map(intent.renamed));
    await recordRevision(tx, {
      environmentId: environment.id,
      actor,
      now: host.clock.now(),
      message: intent.message,
      restoredFrom: intent.restoredFrom,
      before,
      manifest,
      retiresOld: new Set(intent.retiresOld),
    });
    // What somebody saved since then has notes of its own, or is gone.
    const newer = await keysTouchedSince(tx, environment.id, revision);
    for (const meta of [moved, new Map(intent.meta)])
      await recordMeta(tx, environment.id, new Map([...meta].filter(([key]) => !newer.has(key))));
    const gone = purges ? await recordPurge(tx, environment.id, intent.purge, revision, purged.unrecorded) : [];
    // A later save has asked for its own deployment, which takes this along.
    const isNewest = (await recordedRevision(tx, environment.id)) === revision;
    const { refused } = isNewest ? await deployAfter({ ...where, tx, actor }, revision) : notAsked;
    const details = {
      revision,
      recovered: true,
      ...(intent.drift === undefined ? {} : { drift: intent.drift }),
      ...(purges ? { purged: intent.purge, revisionsGone: gone } : {}),
    };
    await writeAudit(tx, host, actor, null, where, { action: "secrets.change", details });
    return refused.map(({ message }) => message);
  });
};
