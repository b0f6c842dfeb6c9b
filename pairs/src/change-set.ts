import { checkKey, isRiskyKey, keyWarnings, riskOf } from "./keys.ts";
import { limits } from "./limits.ts";
import { nearest } from "./nearest.ts";
import type { Notice, Problem } from "./problem.ts";
import { checkValue, valueFacts, type Value } from "./values.ts";

/** What somebody wants to change, all at once. */
export interface ChangeSet {
  readonly set: ReadonlyMap<string, Value>;
  readonly remove: ReadonlySet<string>;
  /** Old name -> new name; the value stays. */
  readonly rename: ReadonlyMap<string, string>;
  /** Keys whose previous value must not come back by a rollback. */
  readonly retiresOld: ReadonlySet<string>;
}

/** What the store adds to the rules. */
export interface StoreLimits {
  readonly label: string;
  readonly valueBytes: number | null;
  /** How a larger value could be taken, in a sentence. */
  readonly larger?: string | null;
  readonly keyPattern?: RegExp | null;
}

export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Notice[];
  /** Every key after the change, with its size. */
  readonly result: ReadonlyMap<string, { readonly bytes: number }>;
}

/** Every key that the change set writes or takes away. */
export const touchedKeys = (changes: ChangeSet): Set<string> =>
  new Set([...changes.set.keys(), ...changes.remove, ...changes.rename.keys(), ...changes.rename.values()]);

/** What is said of a key that is not there, with the one that may be meant. */
export const notSaved = (key: string, saved: Iterable<string>): string => {
  const near = nearest(key, saved);
  return `\`${key}\` is not saved${near === null ? "." : `; did you mean \`${near}\`?`}`;
};

const encodedLength = (text: string): number => new TextEncoder().encode(text).byteLength;

/**
 * All rules and limits, before the first write; all mistakes at once, in the order of the input.
 * `current` is what is saved now.
 */
export const checkChangeSet = (
  current: ReadonlyMap<string, { readonly bytes: number }>,
  changes: ChangeSet,
  store: StoreLimits,
  options: { readonly confirmedRisky?: ReadonlySet<string> } = {},
): Checked => {
  const problems: Problem[] = [];
  const warnings: Notice[] = [];
  const result = new Map(current);
  const add = (rule: string, key: string, message: string, facts: Partial<Problem> = {}): void => {
    problems.push({ rule, key, message, ...facts });
  };
  const unknown = (rule: string, key: string): void => add(rule, key, notSaved(key, current.keys()));
  const newKey = (key: string): void => {
    const broken = checkKey(key);
    if (broken !== null) problems.push(broken);
    else if (store.keyPattern && !store.keyPattern.test(key)) {
      add("key-store", key, `\`${key}\`: ${store.label} takes only names of ${store.keyPattern.source}.`, {
        limit: store.keyPattern.source,
      });
    } else if (!current.has(key)) {
      warnings.push(...keyWarnings(key));
      if (isRiskyKey(key) && options.confirmedRisky?.has(key) !== true) {
        add("risky-key", key, `\`${key}\` ${riskOf(key) ?? ""}: confirm that it is meant.`, { field: "confirmRisky" });
      }
    }
  };

  if (changes.set.size + changes.remove.size + changes.rename.size === 0) {
    problems.push({ rule: "empty-change", message: "The change set changes nothing: give set, remove or rename." });
  }
  for (const key of changes.remove) {
    if (changes.set.has(key)) add("set-and-removed", key, `\`${key}\` is both set and removed.`);
    else if (changes.rename.has(key)) add("renamed-and-removed", key, `\`${key}\` is both renamed and removed.`);
    else if (!current.has(key)) unknown("remove-missing", key);
    result.delete(key);
  }
  const targets = new Set<string>();
  for (const [from, to] of changes.rename) {
    if (!current.has(from)) unknown("rename-missing", from);
    if (from === to) add("rename-same", from, `\`${from}\` is renamed to itself.`);
    if (changes.set.has(from)) add("set-and-renamed", from, `\`${from}\` is both set and renamed.`);
    if (changes.set.has(to)) add("rename-onto-set", to, `\`${to}\` is set, and \`${from}\` is renamed to it.`);
    if (targets.has(to)) add("rename-twice", to, `Two keys are renamed to \`${to}\`.`);
    if (current.has(to) && from !== to && !changes.remove.has(to) && !changes.rename.has(to)) {
      add("rename-onto-existing", to, `\`${to}\` exists already; \`${from}\` cannot be renamed to it.`);
    }
    targets.add(to);
    newKey(to);
  }
  const moved = [...changes.rename].map(([from, to]) => [to, current.get(from) ?? { bytes: 0 }] as const);
  for (const from of changes.rename.keys()) result.delete(from);
  for (const [to, facts] of moved) result.set(to, facts);

  for (const [key, value] of changes.set) {
    newKey(key);
    const broken = checkValue(key, value);
    if (broken !== null) problems.push(broken);
    const facts = valueFacts(value);
    if (store.valueBytes !== null && facts.bytes > store.valueBytes) {
      add("value-size", key, tooLarge(key, facts.bytes, store), {
        limit: store.valueBytes,
        actual: facts.bytes,
      });
    }
    if (facts.nul)
      warnings.push({
        id: "nul",
        key,
        message: `\`${key}\` holds a NUL byte: no environment variable can, only a mounted file.`,
      });
    else if (!facts.utf8)
      warnings.push({ id: "not-utf8", key, message: `\`${key}\` is not UTF-8 text: read it as a mounted file.` });
    const entry = encodedLength(key) + 1 + facts.bytes;
    if (entry > limits.envEntryBytes) {
      warnings.push({
        id: "env-size",
        key,
        message: `\`${key}=…\` has ${entry} bytes: an environment variable takes ${limits.envEntryBytes}, a mounted file more.`,
      });
    }
    result.set(key, { bytes: facts.bytes });
  }
  for (const key of changes.retiresOld) {
    if (!changes.set.has(key) && !changes.remove.has(key)) {
      add("retires-nothing", key, `\`${key}\` retires its old value, but is neither set nor removed in this change.`, {
        field: "retiresOld",
      });
    }
  }
  if (result.size > limits.pairs && result.size > current.size) {
    problems.push({
      rule: "pairs",
      message: `${result.size} pairs; an environment holds ${limits.pairs}.`,
      limit: limits.pairs,
      actual: result.size,
    });
  }
  let total = 0;
  for (const [key, { bytes }] of result) total += encodedLength(key) + bytes;
  if (total > limits.totalBytes) {
    problems.push({
      rule: "total-size",
      message: `All values have ${total} bytes; ${limits.totalBytes} (1 MiB) fit into one Kubernetes Secret.`,
      limit: limits.totalBytes,
      actual: total,
    });
  } else if (total > limits.totalBytes * limits.warnShare) {
    warnings.push({ id: "total-size", message: `All values have ${total} of ${limits.totalBytes} bytes.` });
  }
  return { problems, warnings, result };
};

const tooLarge = (key: string, bytes: number, { label, valueBytes, larger }: StoreLimits): string =>
  [`\`${key}\` has ${bytes} bytes; ${label} takes ${valueBytes}.`, larger ?? ""].join(" ").trimEnd();
