import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { readPairs, sameValue, type PairsResult, type Value } from "@keyroll/pairs";
import { parseDocument } from "yaml";
import { isAllowed } from "../actor.ts";
import { storeOf } from "../host.ts";
import type { Secret } from "../../ports/secret.ts";
import { plainOf } from "../plain.ts";
import { operation } from "../operation.ts";
import { isAtomic, recoverSave, save, settleSave, type SaveIntent, type Saved } from "./save.ts";

const parseYaml = (text: string): unknown => {
  const document = parseDocument(text, { uniqueKeys: true, schema: "failsafe" });
  if (document.errors.length > 0) throw new Error("not YAML");
  return document.toJS({ maxAliasCount: 0 });
};

type Status = "new" | "changed" | "same" | "set";

interface Planned {
  readonly read: PairsResult;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly removed: readonly string[];
  readonly saved: Saved | null;
}

/** Reads pairs out of text, tells what would happen, and saves them when asked to: all or nothing. */
export const importSecrets = operation(routes["secrets.import"], {
  atomic: isAtomic,
  begin: async ({ host, input, ifMatch, begin }) => {
    if (input.apply && ifMatch === null)
      throw new KeyrollError("precondition_required", "apply needs If-Match with the base revision.", {
        changed: false,
      });
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch ?? 0,
      message: input.message ?? "Import",
      restoredFrom: null,
      retiresOld: [],
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent): Promise<Planned> => {
    const { host, app, environment, input, actor, tx } = ctx;
    const read = readPairs(input.text, { format: input.format, yaml: parseYaml });
    const store = storeOf(host, app, environment, tx);
    const manifest = await store.manifest();
    const given = new Map<string, Value>(read.entries.map((entry) => [entry.key, entry.value]));
    const known = [...given.keys()].filter((key) => manifest?.entries.has(key));
    // Whether a value is the same is as secret as the value.
    const maySee = isAllowed(actor, "secret:reveal") && host.keys.open;
    const old =
      maySee && manifest !== null && known.length > 0
        ? await store.read(manifest.revision, known)
        : new Map<string, Secret>();
    const statusOf = (key: string, value: Value): Status => {
      if (manifest?.entries.has(key) !== true) return "new";
      const before = old.get(key);
      if (before === undefined) return "set";
      return sameValue(plainOf(before), value) ? "same" : "changed";
    };
    const statuses = new Map([...given].map(([key, value]) => [key, statusOf(key, value)]));
    const removed = input.replace
      ? [...(manifest?.entries.keys() ?? [])].filter((key) => !given.has(key)).toSorted()
      : [];
    if (!input.apply) return { read, statuses, removed, saved: null };
    const [error] = read.errors;
    if (error !== undefined) {
      throw new KeyrollError("invalid", `${error.message} Nothing was saved.`, {
        field: "text",
        changed: false,
        problems: read.errors.map(({ line, id, message }) => ({ line, rule: id, message })),
      });
    }
    const changes = {
      set: given,
      remove: new Set(removed),
      rename: new Map<string, string>(),
      retiresOld: new Set<string>(),
    };
    const saved = await save(ctx, intent, {
      changes,
      meta: new Map(),
      confirmedRisky: new Set(input.confirmRisky),
      restoredFrom: null,
    });
    return { read, statuses, removed, saved };
  },
  settle: async (ctx, intent, { read, statuses, removed, saved }) => {
    const plan = {
      entries: read.entries.map(({ key, line, bytes, lines, notices }) => ({
        key,
        line,
        bytes,
        lines,
        status: statuses.get(key) ?? ("set" as const),
        notices: notices.map(({ id, message }) => ({ id, message })),
      })),
      errors: [...read.errors],
      removed: [...removed],
    };
    if (saved === null) return await ctx.commit(null, { ...plan, saved: null });
    const settled = await settleSave(
      { ...ctx, commit: async (entry, reply) => await ctx.commitAs(entry, reply) },
      intent,
      saved,
    );
    return await ctx.commit(null, { ...plan, saved: settled.result });
  },
  recover: recoverSave,
});
