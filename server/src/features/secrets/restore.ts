import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { diffKeys } from "@keyroll/pairs";
import { refuseGone } from "../../database/retention.ts";
import { retiredSince } from "../../database/retired.ts";
import { plainOf } from "../plain.ts";
import { operation } from "../operation.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { revisionOf } from "./history.ts";
import { isAtomic, recoverSave, save, settleSave, type SaveIntent } from "./save.ts";

/** A new revision equal to an old one, but for values that were retired since: history is never rewritten. */
export const restoreRevision = operation(routes["revisions.restore"], {
  atomic: isAtomic,
  begin: async ({ tx, host, environment, params, input, ifMatch, begin }) => {
    const from = revisionOf(params.revision);
    await refuseGone(tx, environment.id, from);
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `Restore revision ${from}`,
      restoredFrom: from,
      retiresOld: [],
      purge: [],
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent) => {
    const store = storeOf(ctx.host, ctx.app, ctx.environment, ctx.tx);
    const from = intent.restoredFrom ?? 0;
    const now = await newestManifest(ctx.tx ?? ctx.host.db, ctx, { store });
    const old = await store.manifest({ at: from });
    if (old === null)
      throw new KeyrollError("revision_gone", `Revision ${from} cannot be read any more.`, { actual: from });
    const at = (entries: typeof old.entries): Map<string, number> =>
      new Map([...entries].map(([key, entry]) => [key, entry.revision]));
    const dead = await retiredSince(ctx.tx ?? ctx.host.db, ctx.environment.id, from, now?.revision ?? from);
    const difference = diffKeys(at(now?.entries ?? new Map()), at(old.entries)).filter(
      ({ key, status }) => status === "removed" || !dead.includes(key),
    );
    const values = await store.read(
      from,
      difference.filter(({ status }) => status === "added" || status === "changed").map(({ key }) => key),
    );
    return await save(ctx, intent, {
      changes: {
        set: new Map([...values].map(([key, value]) => [key, plainOf(value)])),
        remove: new Set(difference.filter(({ status }) => status === "removed").map(({ key }) => key)),
        rename: new Map(),
        retiresOld: new Set(),
      },
      meta: new Map(),
      confirmedRisky: new Set(values.keys()),
      restoredFrom: from,
    });
  },
  settle: async (ctx, intent, saved) => await settleSave(ctx, intent, saved),
  recover: recoverSave,
});
