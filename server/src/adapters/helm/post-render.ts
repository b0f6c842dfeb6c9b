// Started by Helm as its post-renderer: manifests on standard input, the same on standard output, with exactly one
// annotation added, Keyroll's, in the pod templates that KEYROLL_MARKS names: [{kind, name, mark}].
import { readFileSync } from "node:fs";
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  visit,
  YAMLMap,
  type Document,
  type Tags,
} from "yaml";

interface Mark {
  readonly kind: string;
  readonly name: string;
  readonly mark: string;
}

const annotation = "keyroll.dev/restart";
/** Kinds that roll when this changes, with their API groups; others of the same name are left alone. */
const rolled: ReadonlyMap<string, readonly string[]> = new Map([
  ["Deployment", ["apps"]],
  ["StatefulSet", ["apps", "apps.kruise.io"]],
  ["DaemonSet", ["apps", "apps.kruise.io"]],
  ["Rollout", ["argoproj.io"]],
  ["CloneSet", ["apps.kruise.io"]],
  ["Service", ["serving.knative.dev"]],
]);
/** What Helm 4 notes on each object for as long as it is here: no copy of an object's annotations may keep it. */
const helmsOwn = "postrenderer.helm.sh/postrender-filename";
const path = ["spec", "template", "metadata", "annotations"];

const readMarks = (given: string): readonly Mark[] => JSON.parse(given) as readonly Mark[];
const marks = readMarks(process.env["KEYROLL_MARKS"] ?? "[]");

const text = readFileSync(0, "utf8");

/** Numbers stay the text that they are: Helm reads YAML 1.1, where the `0400` of a file's mode is octal. */
const reading = {
  uniqueKeys: false,
  customTags: (tags: Tags): Tags => tags.filter((one) => typeof one === "string" || !/:(?:int|float)$/u.test(one.tag)),
};

const resolved = (document: Document, node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

/** What stands behind a key, in the map itself or in one that `<<` merges into it. */
const behind = (document: Document, map: YAMLMap, key: string): unknown => {
  if (map.has(key)) return resolved(document, map.get(key, true));
  const merged = resolved(document, map.get("<<", true));
  for (const source of isSeq(merged) ? merged.items : [merged]) {
    const one = resolved(document, source);
    const found = isMap(one) ? behind(document, one, key) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The map behind a key; where others share it by an anchor, a copy that is this place's own. */
const ownMap = (document: Document, map: YAMLMap, key: string): YAMLMap => {
  const there = map.get(key, true);
  if (isMap(there)) return there;
  const shared = behind(document, map, key);
  const made = isMap(shared) ? (shared.clone() as YAMLMap) : new YAMLMap();
  visit(made, {
    Node: (_, node) => {
      if (isNode(node) && "anchor" in node) delete node.anchor;
    },
    Pair: (_, { key: name }) => (isScalar(name) && name.value === helmsOwn ? visit.REMOVE : undefined),
  });
  map.set(key, made);
  return made;
};

const quoted = (text: string): Scalar => {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
};

/** Puts the mark into an object, or into those of a `List`. Answers whether there was anything to mark. */
const mark = (document: Document, object: unknown): boolean => {
  if (!isMap(object)) return false;
  const kind = String(object.get("kind"));
  const items = object.get("items", true);
  if (kind.endsWith("List") && isSeq(items))
    return items.items.map((item) => mark(document, resolved(document, item))).includes(true);
  const group = String(object.get("apiVersion")).split("/")[0] ?? "";
  if (rolled.get(kind)?.includes(group) !== true) return false;
  const metadata = behind(document, object, "metadata");
  const name = isMap(metadata) ? metadata.get("name") : undefined;
  const found = marks.find((one) => one.kind === kind && one.name === name);
  if (found === undefined) return false;
  path.reduce((map, key) => ownMap(document, map, key), object).set(annotation, quoted(found.mark));
  return true;
};

/** One document; its text stays as it was unless it is one that is marked. */
const marked = (part: string): string => {
  if (!marks.some(({ name }) => part.includes(name))) return part;
  const [document] = parseAllDocuments(part, reading);
  if (document === undefined || !("contents" in document) || document.errors.length > 0) return part;
  return mark(document, document.contents) ? `\n${document.toString({ lineWidth: 0 })}` : part;
};

process.stdout.write(
  text
    .split(/^---[ \t]*$/mu)
    .map(marked)
    .join("---"),
);
