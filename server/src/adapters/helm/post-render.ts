// Started by Helm as its post-renderer: manifests on standard input, the same on standard output, with exactly one
// annotation added, Keyroll's, in the pod templates that KEYROLL_MARKS names: [{kind, name, mark}].
import { readFileSync } from "node:fs";
import { isMap, parseAllDocuments, YAMLMap } from "yaml";

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
const path = ["spec", "template", "metadata", "annotations"];

const readMarks = (given: string): readonly Mark[] => JSON.parse(given) as readonly Mark[];
const marks = readMarks(process.env["KEYROLL_MARKS"] ?? "[]");

const text = readFileSync(0, "utf8");

/** One document; its text stays as it was unless it is one that is marked. */
const marked = (part: string): string => {
  if (!marks.some(({ name }) => part.includes(name))) return part;
  const [document] = parseAllDocuments(part);
  if (document === undefined || !("contents" in document) || document.errors.length > 0 || !isMap(document.contents))
    return part;
  const kind = document.get("kind");
  const group = String(document.get("apiVersion")).split("/")[0] ?? "";
  if (rolled.get(String(kind))?.includes(group) !== true) return part;
  const name = document.getIn(["metadata", "name"]);
  const mark = marks.find((one) => one.kind === kind && one.name === name);
  if (mark === undefined) return part;
  if (!isMap(document.getIn(path))) document.setIn(path, new YAMLMap());
  document.setIn([...path, annotation], mark.mark);
  return `\n${document.toString({ lineWidth: 0 })}`;
};

process.stdout.write(
  text
    .split(/^---[ \t]*$/mu)
    .map(marked)
    .join("---"),
);
