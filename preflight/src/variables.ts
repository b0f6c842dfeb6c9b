import { isNode, listAt, nodeAt, textAt, type ManifestObject } from "./manifests.ts";
import { isHere } from "./references.ts";
import type { Place, Subject } from "./rule.ts";

/** One source of `envFrom`, in the order in which later ones win. */
interface Source {
  readonly prefix: string;
  /** As in `ConfigMap/shop`. */
  readonly name: string;
  /** Names of the variables that it gives; null: it is not rendered by the chart, so nobody knows. */
  readonly names: ReadonlySet<string> | null;
  /** It is the environment's own Secret. */
  readonly ours: boolean;
}

const dataKeys = (object: ManifestObject): string[] =>
  ["data", "stringData"].flatMap((part) => {
    const data = object.body[part];
    return isNode(data) ? Object.keys(data) : [];
  });

const dataObjects = new WeakMap<readonly ManifestObject[], ReadonlyMap<string, readonly string[]>>();

/** Keys of the ConfigMaps and Secrets that the chart renders, by `kind/name`. */
const rendered = ({ objects, namespace }: Subject): ReadonlyMap<string, readonly string[]> => {
  const known = dataObjects.get(objects);
  if (known !== undefined) return known;
  const found = new Map(
    objects
      .filter((object) => (object.kind === "ConfigMap" || object.kind === "Secret") && isHere(object, namespace))
      .map((object) => [`${object.kind}/${object.name}`, dataKeys(object)] as const),
  );
  dataObjects.set(objects, found);
  return found;
};

/** What `envFrom` of a container brings. */
export const sourcesOf = ({ container }: Place, subject: Subject): Source[] =>
  listAt(container, "envFrom").flatMap((from): Source[] => {
    const prefix = textAt(from, "prefix") ?? "";
    const kind = nodeAt(from, "secretRef") === undefined ? "ConfigMap" : "Secret";
    const name = textAt(from, kind === "Secret" ? "secretRef" : "configMapRef", "name");
    if (name === null) return [];
    const ours = kind === "Secret" && name === subject.secretName;
    const keys = ours ? [...subject.keys.keys()] : rendered(subject).get(`${kind}/${name}`);
    const names = keys === undefined ? null : new Set(keys.map((key) => prefix + key));
    return [{ prefix, name: `${kind}/${name}`, names, ours }];
  });

/** A Service of the chart, with the variables that Kubernetes makes of it in every pod of the namespace. */
export interface ServiceLink {
  readonly name: string;
  readonly variables: ReadonlySet<string>;
}

const linksOf = ({ body, name }: ManifestObject): ReadonlySet<string> => {
  const base = name.toUpperCase().replaceAll("-", "_");
  const found = new Set([`${base}_SERVICE_HOST`, `${base}_SERVICE_PORT`, `${base}_PORT`]);
  for (const port of listAt(body, "spec", "ports")) {
    const label = textAt(port, "name");
    if (label !== null) found.add(`${base}_SERVICE_PORT_${label.toUpperCase().replaceAll("-", "_")}`);
    const number = nodeAt(port, "port");
    if (typeof number !== "number") continue;
    const one = `${base}_PORT_${number}_${(textAt(port, "protocol") ?? "TCP").toUpperCase()}`;
    for (const more of ["", "_PROTO", "_PORT", "_ADDR"]) found.add(one + more);
  }
  return found;
};

/** Services without an address of their own, and those of other names, give no variables. */
export const serviceLinks = ({ objects, namespace }: Subject): ServiceLink[] =>
  objects
    .filter(
      (object) =>
        object.kind === "Service" &&
        object.apiVersion === "v1" &&
        isHere(object, namespace) &&
        textAt(object.body, "spec", "clusterIP") !== "None" &&
        textAt(object.body, "spec", "type") !== "ExternalName",
    )
    .map((object) => ({ name: object.name, variables: linksOf(object) }));

export const takesLinks = ({ pod }: Place): boolean => nodeAt(pod, "enableServiceLinks") !== false;

/** A name as service links have it, of whatever Service. */
export const isLinkName = (name: string): boolean =>
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/u.test(name);
