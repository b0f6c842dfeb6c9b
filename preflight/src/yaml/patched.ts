import { isOdd, readPlainYaml, readScalar, type Places } from "./plain.ts";
import { notPlain } from "./scalar.ts";

/** A document that was read, with what another one like it is read by. */
export interface Plain {
  readonly text: string;
  readonly value: unknown;
  readonly places: Places;
}

export const readPlain = (text: string): Plain | null => {
  const places: Places = { maps: [], keys: [], starts: [] };
  const plain = readPlainYaml(text, places);
  return plain === null ? null : { text, value: plain.value, places };
};

/**
 * What a document means that differs from one that was read only in scalars which stand behind their key on one line: as
 * two renders do. Everything else is shared with it. Null: it differs in more, and is read anew.
 */
export const patched = ({ text: old, value, places }: Plain, text: string): { readonly value: unknown } | null => {
  if (isOdd(text) || text.includes("\t")) return null;
  const [before, after] = [old.split("\n"), text.split("\n")];
  if (before.length !== after.length) return null;
  const changed: Changed = new Map();
  for (const [at, line] of after.entries()) {
    const was = before[at] ?? "";
    if (was === line) continue;
    const [map, key, start] = [places.maps[at], places.keys[at], places.starts[at]];
    if (map === undefined || key === undefined || start === undefined) return null;
    if (was.slice(0, start) !== line.slice(0, start)) return null;
    const [one, two] = [scalarIn(was, start), scalarIn(line, start)];
    // Where a key stands twice the last one counts, and another one may be it.
    if (one === null || two === null || map[key] !== one.scalar || isTwice(places, at)) return null;
    changed.set(map, (changed.get(map) ?? new Map<string, unknown>()).set(key, two.scalar));
  }
  return { value: withChanged(value, changed) };
};

type Changed = Map<object, Map<string, unknown>>;

const scalarIn = (line: string, start: number): { readonly scalar: unknown } | null => {
  const text = line.slice(start).trimEnd();
  // Nothing, a comment, and what goes on in the next lines or has a shape.
  if (text === "" || /^[#|[{ ]/u.test(text)) return null;
  try {
    return { scalar: readScalar(text) };
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
};

const isTwice = ({ maps, keys }: Places, at: number): boolean =>
  maps.some((map, line) => line !== at && map === maps[at] && keys[line] === keys[at]);

const copyOf = (node: object): Record<string, unknown> | unknown[] => {
  if (!Array.isArray(node)) return { ...node };
  const items: readonly unknown[] = node;
  return [...items];
};

/** The tree with other values; what does not hold one of them is the same object as before. */
const withChanged = (node: unknown, changed: Changed): unknown => {
  if (typeof node !== "object" || node === null) return node;
  const own = changed.get(node);
  let made: Record<string, unknown> | unknown[] | null = null;
  for (const key of Object.keys(node)) {
    const inner: unknown = Reflect.get(node, key);
    const next = own?.has(key) === true ? own.get(key) : withChanged(inner, changed);
    if (next === inner) continue;
    made ??= copyOf(node);
    Object.assign(made, { [key]: next });
  }
  return made ?? node;
};
