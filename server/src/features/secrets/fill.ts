import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { countAttempt } from "../../database/attempts.ts";
import type { Tx } from "../../database/schema.ts";
import { writeAudit } from "../audit-entry.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { operation } from "../operation.ts";
import { plainOf } from "../plain.ts";
import { mayReveal, passDoor } from "../door.ts";
import { nameOf, otherPlace } from "./other.ts";
import { recordRevision } from "./record.ts";
import {
  isAtomic,
  recoverSave,
  save,
  settleSave,
  type Edit,
  type SaveContext,
  type SaveIntent,
  type Saved,
} from "./save.ts";

/**
 * Saves the edit. A transactional store commits in a transaction of its own, in which its revision is recorded
 * too: nobody can read the one without the other, and no transaction waits while the source is read.
 */
export const saveEdit = async (
  ctx: SaveContext & { readonly now: number },
  intent: SaveIntent,
  edit: Edit,
): Promise<Saved> => {
  if (!isAtomic(ctx)) return await save(ctx, intent, edit);
  return await ctx.host.db.transaction().execute(async (tx: Tx) => {
    const saved = await save({ ...ctx, tx }, intent, edit);
    const { environment, actor, now } = ctx;
    const { message, restoredFrom } = intent;
    if (saved.changed && saved.manifest !== null) {
      const record = { environmentId: environment.id, actor, now, message, restoredFrom, ...saved };
      await recordRevision(tx, { ...record, manifest: saved.manifest });
    }
    return saved;
  });
};

/**
 * Copies values from another environment into this one; nobody sees them on the way. It is a door to the source's
 * values all the same: whoever fills an environment of theirs can read it there.
 */
export const fillSecrets = operation(routes["secrets.fill"], {
  begin: async ({ tx, host, actor, app, environment, input, ifMatch, now, requestId, begin }) => {
    const from = await otherPlace(tx, actor, input.from);
    if (from.environment.id === environment.id)
      throw new KeyrollError("invalid", "`from` names the same environment.", { field: "from", changed: false });
    if (!mayReveal(actor, [from.environment]))
      throw new KeyrollError("not_allowed", `This needs the permission secret:reveal in ${nameOf(from)}.`);
    passDoor({ actor, now, reason: input.reason }, [from.environment]);
    const attempt = { id: host.random.id(), subject: `fill:${actor.id}`, most: 30, window: 60_000, now };
    await countAttempt(tx, host.dialect, attempt);
    const entry = (side: object) => ({
      action: "secrets.fill",
      details: { ...side, keys: input.keys, ...(input.reason === undefined ? {} : { reason: input.reason }) },
    });
    await writeAudit(tx, host, actor, requestId, from, entry({ to: nameOf({ app, environment }) }));
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `Filled from ${nameOf(from)}`,
      restoredFrom: null,
      retiresOld: [],
      purge: [],
    };
    return await begin(entry({ from: nameOf(from) }), intent);
  },
  effect: async (ctx, intent) => {
    const { host, input, actor } = ctx;
    const from = await otherPlace(host.db, actor, input.from);
    const source = storeOf(host, from.app, from.environment);
    const manifest = await newestManifest(host.db, { host, ...from }, { store: source });
    const keys = [...new Set(input.keys)];
    for (const key of keys) {
      if (manifest?.entries.has(key) === true) continue;
      const near = nearest(key, manifest?.entries.keys() ?? []);
      throw new KeyrollError("not_found", `\`${key}\` is not saved in ${nameOf(from)}.`, {
        key,
        field: "keys",
        changed: false,
        ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
      });
    }
    const values = await source.read(manifest?.revision ?? 0, keys);
    return await saveEdit(ctx, intent, {
      changes: {
        set: new Map([...values].map(([key, value]) => [key, plainOf(value)])),
        remove: new Set(),
        rename: new Map(),
        retiresOld: new Set(),
      },
      meta: new Map(),
      // They were confirmed where they come from.
      confirmedRisky: new Set(keys),
      restoredFrom: null,
    });
  },
  settle: async (ctx, intent, saved) => await settleSave(ctx, intent, saved),
  recover: recoverSave,
});
