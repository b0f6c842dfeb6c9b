import { parseAllDocuments } from "yaml";
import { patched, readPlain, type Plain } from "./yaml/patched.ts";

export type Node = { readonly [key: string]: unknown };

/** One rendered object, or one that the cluster has. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** Template of the chart that it came from (`# Source:`). */
  readonly source: string | null;
  /** `live`: nobody renders it, it is as somebody else put it there. */
  readonly origin: "manifest" | "hook" | "live";
  readonly body: Node;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const nodeAt = (node: unknown, ...path: readonly string[]): unknown => {
  let value = node;
  for (const key of path) value = isNode(value) ? value[key] : undefined;
  return value;
};
export const textAt = (node: unknown, ...path: readonly string[]): string | null => {
  const value = nodeAt(node, ...path);
  return typeof value === "string" ? value : null;
};
export const listAt = (node: unknown, ...path: readonly string[]): readonly unknown[] => {
  const value = nodeAt(node, ...path);
  return Array.isArray(value) ? value : [];
};
/** Helm reads YAML 1.1, where `yes` and `on` are true as well. */
export const isTrue = (node: unknown, ...path: readonly string[]): boolean => {
  const value = nodeAt(node, ...path);
  return value === true || (typeof value === "string" && /^(?:y|yes|on|true)$/iu.test(value));
};

const flatten = (body: Node, source: string | null, origin: ManifestObject["origin"]): ManifestObject[] => {
  const kind = textAt(body, "kind") ?? "";
  if (kind.endsWith("List") && Array.isArray(body["items"]))
    return body["items"].filter(isNode).flatMap((item) => flatten(item, source, origin));
  if (kind === "") return [];
  const annotations = nodeAt(body, "metadata", "annotations");
  return [
    {
      apiVersion: textAt(body, "apiVersion") ?? "",
      kind,
      namespace: textAt(body, "metadata", "namespace"),
      name: textAt(body, "metadata", "name") ?? "",
      source,
      // `helm template` prints hooks among the other objects.
      origin: isNode(annotations) && "helm.sh/hook" in annotations ? "hook" : origin,
      body,
    },
  ];
};

/** What a chart renders is no YAML; the message names where, never the text. */
export class NotYaml extends Error {}

/** Where a flow collection ends that begins here: behind its last bracket, or at the end of the text. */
const flowEnd = (text: string, start: number): number => {
  let depth = 0;
  for (const { 0: token, index } of text.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|[{}[\]]/gu)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if (depth === 0) return start + index + 1;
  }
  return text.length;
};

/** With printed JSON in one line, which templates put further left than its key: YAML forbids that, and Helm takes it. */
const withJsonJoined = (text: string): string => {
  let joined = "";
  let at = 0;
  for (const { index } of text.matchAll(/[:-][ \t]+[{[][ \t]*\n/gu)) {
    if (index < at) continue;
    const start = text.slice(index).search(/[{[]/u) + index;
    const end = flowEnd(text, start);
    joined += text.slice(at, start) + text.slice(start, end).replaceAll(/\s*\n\s*/gu, " ");
    at = end;
  }
  return joined + text.slice(at);
};

const parseFully = (part: string) => parseAllDocuments(part, { version: "1.2", uniqueKeys: false, merge: true });
const errorIn = (documents: ReturnType<typeof parseFully>) =>
  documents.flatMap((document) => ("errors" in document ? document.errors : []))[0];

const readFully = (part: string, index: number, source: string | null): unknown[] => {
  const fail = (why: string): NotYaml =>
    new NotYaml(`rendered document ${index + 1} (${source ?? "unknown source"}) is not YAML: ${why}`);
  let documents = parseFully(part);
  if (errorIn(documents) !== undefined) documents = parseFully(withJsonJoined(part));
  const error = errorIn(documents);
  if (error !== undefined) throw fail(error.code);
  try {
    return documents.map((document): unknown => {
      const value: unknown = "toJS" in document ? document.toJS({ maxAliasCount: 10_000 }) : null;
      return value;
    });
  } catch {
    throw fail("BAD_ALIAS");
  }
};

const readJson = (part: string): unknown[] | null => {
  const text = part.replace(/^(?:[ \t]*(?:#.*)?\n)+/u, "");
  if (!text.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return [value];
  } catch {
    return null;
  }
};

/** What was parsed of a render: what a second one has again, or all but a few values of, is not parsed again. */
export interface Parsed {
  readonly byText: Map<string, readonly ManifestObject[]>;
  /** By its place in the render. */
  readonly byIndex: Map<number, Plain>;
}
export const nothingParsed = (): Parsed => ({ byText: new Map(), byIndex: new Map() });

const read = (part: string, index: number, source: string | null, { byIndex }: Parsed): unknown[] => {
  const like = byIndex.get(index);
  const same = like === undefined ? null : patched(like, part);
  if (same !== null) return [same.value];
  const plain = readPlain(part);
  if (plain === null) return readJson(part) ?? readFully(part, index, source);
  byIndex.set(index, plain);
  return [plain.value];
};

/**
 * All objects of rendered YAML, `List` kinds flattened.
 * @throws {NotYaml}
 */
export const parseManifests = (
  text: string,
  origin: ManifestObject["origin"],
  parsed: Parsed = nothingParsed(),
): ManifestObject[] =>
  // Cutting first keeps the `# Source:` comment with its document, and one parse small.
  text.split(/^---[ \t]*(?:#.*)?$/mu).flatMap((part, index) => {
    const known = parsed.byText.get(part);
    if (known !== undefined) return known;
    if (part.trim() === "") return [];
    const source = /^# Source: (\S+)/mu.exec(part)?.[1] ?? null;
    const objects = read(part, index, source, parsed).flatMap((body) =>
      isNode(body) ? flatten(body, source, origin) : [],
    );
    parsed.byText.set(part, objects);
    return objects;
  });
