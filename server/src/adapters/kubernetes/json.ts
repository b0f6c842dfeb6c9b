/** Raw JSON of the API server: no typed models, nothing is lost on the way. */
export type Json = { readonly [key: string]: unknown };

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => {
    if (Array.isArray(node) && typeof key === "number") return node[key];
    return isJson(node) ? node[key] : undefined;
  }, value);

export const text = (value: unknown, ...path: readonly (string | number)[]): string | null => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : null;
};

export const number = (value: unknown, ...path: readonly (string | number)[]): number | null => {
  const found = at(value, ...path);
  return typeof found === "number" ? found : null;
};

export const list = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** RFC 3339 -> epoch milliseconds. */
export const time = (value: unknown, ...path: readonly (string | number)[]): number | null => {
  const found = text(value, ...path);
  const parsed = found === null ? Number.NaN : Date.parse(found);
  return Number.isNaN(parsed) ? null : parsed;
};
