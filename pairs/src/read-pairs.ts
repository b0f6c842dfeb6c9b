import { parseDotenv } from "./dotenv/parse.ts";
import { pairsOfMap, parseJson, type PairsResult } from "./json.ts";

export type PairsFormat = "dotenv" | "json" | "yaml";

/** JSON begins with a brace; YAML is only taken when asked for. */
export const sniffFormat = (text: string): PairsFormat => (/^\uFEFF?\s*\{/u.test(text) ? "json" : "dotenv");

/**
 * Reads pairs of any format. The YAML parser is the caller's: it must not resolve tags or aliases without limits,
 * and must throw for what is not YAML.
 */
export const readPairs = (
  text: string,
  options: { readonly format?: PairsFormat | undefined; readonly yaml: (text: string) => unknown },
): PairsResult => {
  const format = options.format ?? sniffFormat(text);
  if (format === "json") return parseJson(text);
  if (format === "dotenv") return parseDotenv(text);
  try {
    return pairsOfMap(options.yaml(text), "YAML");
  } catch {
    return { entries: [], errors: [{ line: 0, id: "yaml", message: "The text is not YAML." }] };
  }
};
