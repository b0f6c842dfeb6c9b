import type { ManifestObject } from "./manifests.ts";
import type { Consumer, Reference } from "./references.ts";

/** What is known of a key without its value. */
export interface KeyFacts {
  readonly bytes: number;
  readonly nul: boolean;
  readonly utf8: boolean;
}

export interface PreflightInput {
  readonly objects: readonly ManifestObject[];
  /** A second render: what differs is random. */
  readonly again?: readonly ManifestObject[] | undefined;
  readonly keys: ReadonlyMap<string, KeyFacts>;
  /** Keys that this revision removes and that the cluster still has. */
  readonly removedKeys?: readonly string[];
  readonly secretName: string;
  readonly namespace: string;
  readonly helmMajor: 3 | 4;
  readonly restart: "auto" | "chart" | "inject" | "patch" | "off";
}

export interface Subject extends PreflightInput {
  readonly references: readonly Reference[];
  readonly consumers: readonly Consumer[];
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
