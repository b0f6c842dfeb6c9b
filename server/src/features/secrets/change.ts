import { Buffer } from "node:buffer";
import { routes, type InputOf, type Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { operation } from "../operation.ts";
import { touchedKeys } from "@keyroll/pairs";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { purgeValues, refusePurge, removedBefore, staysReadable } from "./purge.ts";
import {
  isAtomic,
  recoverSave,
  save,
  settleSave,
  type Edit,
  type SaveContext,
  type Saved,
  type SaveIntent,
} from "./save.ts";

type ChangeInput = InputOf<Routes["secrets.change"]>;

/** Text as it is; base64 as bytes that are flagged binary. */
export const valueOf = (value: ChangeInput["set"][string]): string | Uint8Array =>
  typeof value === "string" ? value : new Uint8Array(Buffer.from(value.base64, "base64"));

/** The body as an edit: maps, because keys are other people's text. */
export const editOf = (input: Omit<ChangeInput, "message" | "purge">): Edit => ({
  changes: {
    set: new Map(Object.entries(input.set).map(([key, value]) => [key, valueOf(value)])),
    remove: new Set(input.remove),
    rename: new Map(Object.entries(input.rename)),
    retiresOld: new Set(input.retiresOld),
  },
  meta: new Map(Object.entries(input.meta)),
  confirmedRisky: new Set(input.confirmRisky),
  restoredFrom: null,
});

/** The newest revision as it is, for a purge of keys that were removed before. */
const nothingToSave = async (ctx: SaveContext): Promise<Saved> => {
  const { host, app, environment, tx } = ctx;
  const manifest = await newestManifest(tx ?? host.db, ctx, { store: storeOf(host, app, environment, tx) });
  return {
    manifest,
    before: manifest,
    changed: false,
    verified: true,
    mergedWith: null,
    warnings: [],
    meta: new Map(),
    renamed: new Map(),
    retiresOld: new Set(),
  };
};

/** Saves a change set: all of it, or nothing and the reason. */
export const changeSecrets = operation(routes["secrets.change"], {
  atomic: isAtomic,
  begin: async ({ tx, host, environment, input, ifMatch, begin }) => {
    if (Object.keys(input.set).length > 300) {
      throw new KeyrollError("limit_exceeded", "A change set sets at most 300 keys.", {
        limit: 300,
        actual: Object.keys(input.set).length,
        changed: false,
      });
    }
    if (input.purge) await refusePurge(tx, { host, environment }, input.remove);
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? null,
      restoredFrom: null,
      retiresOld: input.retiresOld,
      renamed: Object.entries(input.rename),
      meta: Object.entries(input.meta),
      purge: input.purge ? input.remove : [],
    };
    // Values go: that is on record before the first one does.
    return await begin(input.purge ? { action: "secrets.purge", details: { keys: input.remove } } : null, intent);
  },
  effect: async (ctx, intent) => {
    const edit = editOf(ctx.input);
    const removed = [...edit.changes.remove];
    if (intent.purge.length === 0) {
      const saved = await save(ctx, intent, edit);
      return { ...saved, warnings: [...saved.warnings, ...staysReadable(ctx, removed)] };
    }
    const before = new Set(await removedBefore(ctx.tx ?? ctx.host.db, ctx.environment.id, removed));
    const rest = { ...edit, changes: { ...edit.changes, remove: new Set(removed.filter((key) => !before.has(key))) } };
    const isRest = touchedKeys(rest.changes).size + rest.meta.size > 0 || before.size === 0;
    const saved = isRest ? await save(ctx, intent, rest) : await nothingToSave(ctx);
    const { failed, unrecorded } = await purgeValues(ctx, intent.purge, saved.manifest?.revision ?? 0);
    const isPurged = failed.length === 0;
    const warnings = [...saved.warnings, ...failed];
    return { ...saved, warnings, purged: isPurged ? intent.purge : [], purgedUnrecorded: unrecorded };
  },
  settle: async (ctx, intent, outcome) => await settleSave(ctx, intent, outcome),
  recover: recoverSave,
});
