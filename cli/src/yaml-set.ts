import { KeyrollError } from "@keyroll/contract/errors";
import { parseDocument } from "yaml";

/** `a.b.c` with `\.` for a dot that belongs to a name. */
const pathOf = (text: string): string[] => text.split(/(?<!\\)\./u).map((part) => part.replaceAll("\\.", "."));

/** As Helm's --set reads a scalar. */
const scalar = (text: string): string | number | boolean | null => {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return /^(0|-?[1-9]\d{0,14})$/u.test(text) ? Number(text) : text;
};

/**
 * Sets `a.b=value` in YAML text; everything else keeps its place, its order and its comments.
 *
 * @throws KeyrollError `bad_request` for the forms of Helm's --set that need a file
 */
export const setInYaml = (text: string, pairs: readonly string[]): string => {
  const document = parseDocument(text, {
    version: "1.1",
    uniqueKeys: true,
    // A new map is a plain map; the types of YAML 1.1 that Helm does not know are left out.
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:omap"),
  });
  if (document.errors.length > 0)
    throw new KeyrollError("invalid", "The Helm values are not YAML.", {
      field: "values",
      next: "Correct them: `keyroll values set -f FILE`.",
    });
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = at === -1 ? pair : pair.slice(0, at);
    const fail = (message: string): KeyrollError =>
      new KeyrollError("bad_request", message, { field: "set", next: "Write it into a file and give that with -f." });
    if (at < 1) throw fail("--set takes path=value, such as image.tag=1.2.");
    const value = pair.slice(at + 1);
    if (/[[\]{}]/u.test(name) || /^\{.*\}$/su.test(value) || /(?<!\\),\s*[\w.-]+=/u.test(value))
      throw fail(`${name}: lists, indexes and several pairs in one --set are not taken.`);
    try {
      document.setIn(pathOf(name), scalar(value));
    } catch {
      throw fail(`${name}: something on the way to it is not a map.`);
    }
  }
  return document.toString({ lineWidth: 0 });
};
