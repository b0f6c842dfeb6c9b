/** What Helm would apply, and what is asked about it before anything is changed. */

/** Kept in memory only. */
export interface Rendered {
  readonly manifest: string;
  readonly hooks: readonly string[];
  /** Number that the release would get; null: not known. */
  readonly revision: number | null;
  /** Bytes that Helm would need to keep the release in the cluster; null: so few that it does not matter. */
  readonly releaseBytes: number | null;
  readonly helmMajor: 3 | 4;
  /** Why the release cannot be upgraded now; null: it can. */
  readonly locked: string | null;
}

export interface RenderOptions {
  readonly signal: AbortSignal;
  /** A release that is locked is rendered all the same, as a template; else that is an error. */
  readonly evenLocked: boolean;
}

/** One object of the manifests. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Null: that of the release. */
  readonly namespace: string | null;
  readonly name: string;
  readonly body: { readonly [key: string]: unknown };
}

/** What Helm's identity may not do with the objects of one kind in one namespace (null: they belong to none). */
export interface MissingRight {
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string | null;
  /** One of them. */
  readonly name: string;
}

/** A kind of which the cluster does not know. */
export interface UnknownKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** The release brings its definition. */
  readonly isOwn: boolean;
}

export interface Rights {
  readonly missing: readonly MissingRight[];
  readonly unknown: readonly UnknownKind[];
  /** Whose they are, as the cluster calls it; null: nothing is missing, or it does not say. */
  readonly who: string | null;
}
