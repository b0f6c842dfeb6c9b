import { parseAllDocuments } from "yaml";

export type Node = { readonly [key: string]: unknown };

/** One rendered object. */
export interface ManifestObject {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** Template of the chart that it came from (`# Source:`). */
  readonly source: string | null;
  readonly origin: "manifest" | "hook";
  readonly body: Node;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const nodeAt = (node: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isNode(value) ? value[key] : undefined), node);
export const textAt = (node: unknown, ...path: readonly string[]): string | null => {
  const value = nodeAt(node, ...path);
  return typeof value === "string" ? value : null;
};
export const listAt = (node: unknown, ...path: readonly string[]): readonly unknown[] => {
  const value = nodeAt(node, ...path);
  return Array.isArray(value) ? value : [];
};

const flatten = (body: Node, source: string | null, origin: ManifestObject["origin"]): ManifestObject[] => {
  const kind = textAt(body, "kind") ?? "";
  if (kind.endsWith("List") && Array.isArray(body["items"]))
    return body["items"].filter(isNode).flatMap((item) => flatten(item, source, origin));
  if (kind === "") return [];
  return [
    {
      kind,
      namespace: textAt(body, "metadata", "namespace"),
      name: textAt(body, "metadata", "name") ?? "",
      source,
      origin,
      body,
    },
  ];
};

/**
 * All objects of rendered YAML, `List` kinds flattened.
 * @throws {Error} whose message names the line, never the text, when it is not YAML.
 */
export const parseManifests = (text: string, origin: ManifestObject["origin"]): ManifestObject[] =>
  // Cutting first keeps the `# Source:` comment with its document, and one parse small.
  text.split(/^---[ \t]*(?:#.*)?$/mu).flatMap((part, index) => {
    if (part.trim() === "") return [];
    const source = /^# Source: (\S+)/mu.exec(part)?.[1] ?? null;
    return parseAllDocuments(part, { version: "1.2", uniqueKeys: false }).flatMap((document) => {
      const [error] = "errors" in document ? document.errors : [];
      if (error !== undefined)
        throw new Error(`rendered document ${index + 1} (${source ?? "unknown source"}) is not YAML: ${error.code}`);
      const body: unknown = "toJS" in document ? document.toJS({ maxAliasCount: 100 }) : null;
      return isNode(body) ? flatten(body, source, origin) : [];
    });
  });
