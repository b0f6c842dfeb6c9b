import { KeyrollError } from "@keyroll/contract/errors";
import { parseDocument } from "yaml";

type Values = { [key: string]: unknown };

const isMap = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws {KeyrollError} `invalid`; the text is not quoted. */
export const readValuesMap = (text: string): Values => {
  const document = parseDocument(text, { version: "1.1", merge: true, uniqueKeys: true });
  const value: unknown = document.errors.length === 0 ? document.toJS({ maxAliasCount: 100 }) : undefined;
  if (document.errors.length === 0 && (value === null || value === undefined)) return {};
  if (isMap(value)) return value;
  throw new KeyrollError("invalid", "The extra Helm values are not a YAML map.", { field: "values", changed: false });
};

/** As Helm merges values files: maps key by key, everything else replaced; null removes a key. */
export const mergeValues = (base: Values, over: Values): Values => {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isMap(below) && isMap(value) ? mergeValues(below, value) : value);
  }
  return Object.fromEntries(merged);
};
