import { asksCluster, templateSays, type Templates } from "./chart-text.ts";
import { rolls, templateOf } from "./kinds.ts";
import { isNode, nodeAt, type ManifestObject } from "./manifests.ts";
import { isHere, type Reference } from "./references.ts";

export interface Consumer {
  readonly object: ManifestObject;
  readonly uses: "all" | readonly string[];
  /** Whether a new render makes other pods: a random value in the template; `unknown` where that cannot be told. */
  readonly rollTrigger: boolean | "unknown";
  /** Whether a changed template restarts anything. */
  readonly rolls: boolean;
}

export interface Renders {
  readonly objects: readonly ManifestObject[];
  /** A second render: what differs is random. */
  readonly again?: readonly ManifestObject[] | undefined;
  readonly templates?: Templates | undefined;
  /** Rendered without a cluster: `lookup` found nothing, so what charts keep through it looks random. */
  readonly offline?: boolean;
}

const nameOf = ({ apiVersion, kind, namespace, name }: ManifestObject): string =>
  [apiVersion, kind, namespace, name].join("\n");

const indexes = new WeakMap<readonly ManifestObject[], ReadonlyMap<string, ManifestObject>>();

/** The same object in the second render; undefined: it has another name there. */
export const inAgain = (object: ManifestObject, again: readonly ManifestObject[]): ManifestObject | undefined => {
  let index = indexes.get(again);
  if (index === undefined) {
    index = new Map(again.map((one) => [nameOf(one), one]));
    indexes.set(again, index);
  }
  return index.get(nameOf(object));
};

/** Two renders share most of what they have: that is not looked into. */
const isSame = (one: unknown, two: unknown): boolean => {
  if (one === two) return true;
  if (typeof one !== "object" || typeof two !== "object" || one === null || two === null) return false;
  const [ones, twos] = [Object.entries(one), new Map(Object.entries(two))];
  return ones.length === twos.size && ones.every(([key, inner]) => twos.has(key) && isSame(inner, twos.get(key)));
};

/** Whether the pod template differs from render to render; `unknown` with one render, or with one that lacks the cluster. */
export const isRandom = (object: ManifestObject, { again, templates, offline }: Renders): boolean | "unknown" => {
  if (again === undefined) return "unknown";
  const other = inAgain(object, again);
  if (other === object) return false;
  const [one, two] = [templateOf(object), other === undefined ? null : templateOf(other)];
  if (one === null || two === null || isSame(one, two)) return false;
  return offline === true && asksCluster(templates) ? "unknown" : true;
};

const annotationsOf = (node: unknown): string[] => {
  const annotations = nodeAt(node, "metadata", "annotations");
  return isNode(annotations) ? Object.keys(annotations) : [];
};

/** Keyroll's own mark in the chart, and objects that Reloader and its like restart. */
const restarter =
  /^(?:keyroll\.dev\/restart|(?:[\w.-]+\.)?reloader\.stakater\.com\/|secrets\.(?:doppler|infisical)\.com\/)/u;

const hasTrigger = (object: ManifestObject, renders: Renders): boolean | "unknown" => {
  const template = templateOf(object);
  if (template === null) return "unknown";
  const random = isRandom(object, renders);
  if (random !== false) return random;
  if ([...annotationsOf(template), ...annotationsOf(object.body)].some((name) => restarter.test(name)))
    return "unknown";
  // The number of the release is another one each time, and the same in two dry runs; so may be a time of day. A
  // digest of what the cluster holds changes with it.
  const moving = /\.Release\.Revision\b|\bnow\b|\blookup\b[\s\S]*sum\b/u;
  return templateSays(object, renders.templates, moving) === true ? "unknown" : false;
};

const usesOf = (references: readonly Reference[]): "all" | readonly string[] =>
  references.some(({ key }) => key === null)
    ? "all"
    : [...new Set(references.flatMap(({ key }) => key ?? []))].toSorted();

const isUse = ({ how }: Reference): boolean =>
  how === "env" || how === "envFrom" || how === "volume" || how === "subPath" || how === "credentials";

/** Objects that run something which uses the Secret. Pods of their own are not among them: nobody restarts them. */
export const consumers = (
  references: readonly Reference[],
  renders: Renders,
  { namespace }: { readonly namespace: string },
): Consumer[] => {
  const byObject = new Map<ManifestObject, Reference[]>();
  for (const reference of references) {
    const { object } = reference;
    if (!isUse(reference) || object.kind === "Pod" || !isHere(object, namespace)) continue;
    const known = byObject.get(object);
    if (known === undefined) byObject.set(object, [reference]);
    else known.push(reference);
  }
  return [...byObject].map(([object, own]) => ({
    object,
    uses: usesOf(own),
    rollTrigger: hasTrigger(object, renders),
    rolls: rolls(object),
  }));
};

/** A pod template as text, to compare it; null: the object has none. */
export const templateText = (object: ManifestObject): string | null => {
  const template = templateOf(object);
  return template === null ? null : JSON.stringify(template);
};
