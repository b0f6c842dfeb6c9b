import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { readPairs, sameValue, type Value } from "@keyroll/pairs";
import { parseDocument } from "yaml";
import { countAttempt } from "../../database/attempts.ts";
import { isAllowed } from "../actor.ts";
import type { ForeignPairs } from "../foreign-path.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import type { Secret } from "../../ports/secret.ts";
import { plainOf } from "../plain.ts";
import { operation } from "../operation.ts";
import { checkEdit } from "./check-edit.ts";
import { readForeign, sourceOf, type Source } from "./foreign.ts";
import { readableOf } from "./readable.ts";
import { isAtomic, recoverSave, save, settleSave, type SaveIntent, type Saved } from "./save.ts";

const parseYaml = (text: string): unknown => {
  const document = parseDocument(text, { uniqueKeys: true, schema: "failsafe" });
  if (document.errors.length > 0) throw new Error("not YAML");
  return document.toJS({ maxAliasCount: 0 });
};

type Status = "new" | "changed" | "same" | "set";

interface Planned {
  readonly read: ForeignPairs;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly removed: readonly string[];
  readonly saved: Saved | null;
}

/** What is recorded before anything is read. `from` is where the pairs lie when no text was given. */
interface ImportIntent extends SaveIntent {
  readonly from: Source | null;
}

/** Reads pairs out of text, from a path or from a Secret, tells what would happen, and saves them when asked to: all or nothing. */
export const importSecrets = operation(routes["secrets.import"], {
  // A cluster is asked with no transaction open.
  atomic: (ctx) => ctx.input.from === undefined && isAtomic(ctx),
  begin: async ({ tx, host, actor, environment, input, ifMatch, now, begin }) => {
    if ((input.text === undefined) === (input.from === undefined))
      throw new KeyrollError("invalid", "Give either `text` or `from`.", { field: "text", changed: false });
    if (input.apply && ifMatch === null)
      throw new KeyrollError("precondition_required", "apply needs If-Match with the base revision.", {
        changed: false,
      });
    const from = input.from === undefined ? null : await sourceOf(host, tx, environment, input.from);
    const intent: ImportIntent = {
      txn: host.random.id(),
      base: ifMatch ?? 0,
      message:
        input.message ??
        (from === null ? "Import" : `Import of ${"secret" in from ? `the Secret ${from.secret}` : from.path}`),
      restoredFrom: null,
      retiresOld: [],
      from,
      purge: [],
    };
    if (from === null) return await begin(null, intent);
    // Whoever takes foreign values in can read them here: recorded before they are read, and limited as filling is.
    const attempt = { id: host.random.id(), subject: `import:${actor.id}`, most: 30, window: 60_000, now };
    await countAttempt(tx, host.dialect, attempt);
    return await begin({ action: "secrets.import", details: { ...from, apply: input.apply } }, intent);
  },
  effect: async (ctx, intent): Promise<Planned> => {
    const { host, app, environment, input, actor, tx } = ctx;
    const read: ForeignPairs =
      intent.from === null
        ? { ...readPairs(input.text ?? "", { format: input.format, yaml: parseYaml }), notices: [] }
        : await readForeign(ctx, intent.from, { shellNames: input.from?.shellNames ?? false });
    const store = storeOf(host, app, environment, tx);
    const manifest = await newestManifest(tx ?? host.db, { host, app, environment }, { store });
    const given = new Map<string, Value>(read.entries.map((entry) => [entry.key, entry.value]));
    const known = [...given.keys()].filter((key) => manifest?.entries.has(key));
    // Whether a value is the same is as secret as the value.
    const maySee = isAllowed(actor, "secret:reveal") && host.keys.open;
    const old =
      maySee && manifest !== null && known.length > 0
        ? await readableOf(store, manifest.revision, known)
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
    const changes = {
      set: given,
      remove: new Set(removed),
      rename: new Map<string, string>(),
      retiresOld: new Set<string>(),
    };
    const confirmedRisky = new Set(input.confirmRisky);
    if (!input.apply) {
      // What is said yes to here must not be refused when it is saved.
      const { problems } = checkEdit(host, environment, manifest, { changes, confirmedRisky });
      const lines = new Map(read.entries.map(({ key, line }) => [key, line]));
      const refused = problems
        // That nothing would change, the statuses say.
        .filter(({ rule }) => rule !== "empty-change")
        .map(({ rule, key, message }) => ({ line: lines.get(key ?? "") ?? 0, id: rule, message }));
      return { read: { ...read, errors: [...read.errors, ...refused] }, statuses, removed, saved: null };
    }
    const [error] = read.errors;
    if (error !== undefined) {
      throw new KeyrollError("invalid", `${error.message} Nothing was saved.`, {
        field: intent.from === null ? "text" : "from",
        changed: false,
        problems: read.errors.map(({ line, id, message }) => ({ line, rule: id, message })),
      });
    }
    const saved = await save(ctx, intent, {
      changes,
      meta: new Map(),
      confirmedRisky,
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
      notices: [...read.notices],
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
