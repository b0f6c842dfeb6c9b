import type { RequiredKey } from "@keyroll/pairs";
import type { Consumer, Renders } from "./consumers.ts";
import type { ManifestObject, Node } from "./manifests.ts";
import type { PodContainer } from "./pods.ts";
import type { Reference } from "./references.ts";

/** What is known of a key without its value. */
export interface KeyFacts {
  readonly bytes: number;
  readonly nul: boolean;
  readonly utf8: boolean;
}

/** What runs now and uses the Secret. */
export interface Running {
  readonly kind: string;
  readonly name: string;
  readonly uses: "all" | readonly string[];
  /** Whether Helm rolls it. */
  readonly inRelease: boolean;
}

export interface PreflightInput extends Renders {
  readonly keys: ReadonlyMap<string, KeyFacts>;
  /** Keys that this revision removes and that the cluster still has. */
  readonly removedKeys?: readonly string[];
  readonly required?: readonly RequiredKey[];
  readonly running?: readonly Running[];
  readonly secretName: string;
  readonly namespace: string;
  readonly helmMajor: 3 | 4;
  readonly restart: "auto" | "chart" | "inject" | "patch" | "off";
  /** Number that Helm gives the release when it is deployed. */
  readonly helmRevision?: number | null;
  /** Bytes of the Secret in which Helm would keep the release. */
  readonly releaseBytes?: number | null;
  /** How long a deployment may take, in seconds. */
  readonly timeoutSeconds?: number;
}

/** A container of an object in the environment's namespace. */
export interface Place extends PodContainer {
  readonly object: ManifestObject;
  readonly pod: Node;
}

export interface Subject extends PreflightInput {
  /** Of objects in the environment's namespace. */
  readonly references: readonly Reference[];
  /** Of objects in other namespaces: they name another Secret. */
  readonly elsewhere: readonly Reference[];
  readonly consumers: readonly Consumer[];
  readonly places: readonly Place[];
}

/** One line of preflight (interface: "JSON of the CLI"). Never holds a value. */
export interface Finding {
  readonly rule: string;
  readonly severity: "error" | "warning" | "note";
  readonly object: { readonly kind: string; readonly namespace: string | null; readonly name: string } | null;
  readonly container: string | null;
  readonly key: string | null;
  readonly source: string | null;
  readonly message: string;
  readonly fix: string;
}

/** One rule, one file. */
export interface Rule {
  readonly id: string;
  /** What it looks for and why, in a sentence or two. */
  readonly about: string;
  /** Nobody may deploy in spite of it: a value would leak, or the Secret would be lost. */
  readonly fixed?: true;
  check(subject: Subject): Iterable<Omit<Finding, "rule">>;
}

/** The part of a finding that says where. */
export const at = (object: ManifestObject | null, container: string | null = null, key: string | null = null) => ({
  object: object === null ? null : { kind: object.kind, namespace: object.namespace, name: object.name },
  container,
  key,
  source: object?.source ?? null,
});

export const nameOf = (object: ManifestObject): string => `${object.kind}/${object.name}`;
export const withContainer = (object: ManifestObject, container: string | null): string =>
  container === null ? nameOf(object) : `${nameOf(object)} (container ${container})`;
export const fileOf = ({ source, origin, ...object }: ManifestObject): string =>
  source ?? (origin === "live" ? `the manifest of ${object.kind}/${object.name}` : "the chart");
