import { KeyrollError } from "@keyroll/contract/errors";
import { LineCounter, parseDocument } from "yaml";

/**
 * The map of a values file.
 * @throws {KeyrollError} `invalid` with the line; the text is not quoted.
 */
export const readValuesText = (text: string): Readonly<Record<string, unknown>> => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.1", merge: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    throw new KeyrollError("invalid", `The Helm values are not YAML: line ${line} (${error.code}).`, {
      field: "text",
      actual: line,
      changed: false,
    });
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new KeyrollError("invalid", "The Helm values must be a map at the top.", { field: "text", changed: false });
  }
  return { ...value };
};
