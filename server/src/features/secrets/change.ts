import { Buffer } from "node:buffer";
import { routes, type InputOf, type Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { operation } from "../operation.ts";
import { isAtomic, recoverSave, save, settleSave, type Edit, type SaveIntent } from "./save.ts";

type ChangeInput = InputOf<Routes["secrets.change"]>;

/** Text as it is; base64 as bytes that are flagged binary. */
export const valueOf = (value: ChangeInput["set"][string]): string | Uint8Array =>
  typeof value === "string" ? value : new Uint8Array(Buffer.from(value.base64, "base64"));

/** The body as an edit: maps, because keys are other people's text. */
export const editOf = (input: Omit<ChangeInput, "message">): Edit => ({
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

/** Saves a change set: all of it, or nothing and the reason. */
export const changeSecrets = operation(routes["secrets.change"], {
  atomic: isAtomic,
  begin: async ({ host, input, ifMatch, begin }) => {
    if (Object.keys(input.set).length > 300) {
      throw new KeyrollError("limit_exceeded", "A change set sets at most 300 keys.", {
        limit: 300,
        actual: Object.keys(input.set).length,
        changed: false,
      });
    }
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? null,
      restoredFrom: null,
      retiresOld: input.retiresOld,
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent) => await save(ctx, intent, editOf(ctx.input)),
  settle: async (ctx, intent, outcome) => await settleSave(ctx, intent, outcome),
  recover: recoverSave,
});
