import { parseDocument } from "yaml";

/** A flat map of texts out of YAML: no tags, no aliases, no key twice. @throws for what is not YAML */
export const parseYaml = (text: string): unknown => {
  const document = parseDocument(text, { uniqueKeys: true, schema: "failsafe" });
  if (document.errors.length > 0) throw new Error("not YAML");
  return document.toJS({ maxAliasCount: 0 });
};
