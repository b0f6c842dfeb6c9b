import type { Secret } from "./secret.ts";
import type { Rendered, RenderOptions, RenderedObject, Rights } from "./rendered.ts";

/** What is observed of a running thing: raw evidence, no verdict. Times are epoch milliseconds. */
export interface ContainerFacts {
  readonly name: string;
  readonly role: "container" | "init" | "sidecar" | "ephemeral";
  /** Keys of the Secret that it uses. */
  readonly uses: "all" | readonly string[];
  readonly how: readonly ("env" | "volume" | "subPath")[];
  readonly startedAt: number | null;
  readonly previousFinishedAt: number | null;
  readonly restarts: number;
  readonly waiting: { readonly reason: string; readonly message: string } | null;
  readonly finished: { readonly exitCode: number; readonly at: number | null; readonly reason: string } | null;
}

export interface PodFacts {
  readonly uid: string;
  readonly name: string;
  readonly node: string | null;
  readonly createdAt: number;
  readonly scheduledAt: number | null;
  readonly kubeletStartTime: number | null;
  readonly deleting: boolean;
  readonly phase: string;
  readonly workload: { readonly kind: string; readonly name: string; readonly uid: string } | null;
  readonly templateHash: string | null;
  readonly restartMark: string | null;
  readonly containers: readonly ContainerFacts[];
}

/** What a target is about; made from the environment's row. */
export interface TargetScope {
  readonly environmentId: string;
  readonly app: string;
  readonly environment: string;
  readonly type: "helm" | "restart" | "process";
  readonly namespace: string | null;
  readonly releaseName: string | null;
  readonly secretName: string | null;
  readonly settings: {
    readonly restart: "auto" | "chart" | "inject" | "patch" | "off";
    readonly timeoutSeconds: number;
    readonly crashGraceSeconds: number;
    readonly failFast: boolean;
    readonly createNamespace: boolean;
  };
}

/** Somebody else who keeps the Secret, and how to move it over. */
export interface SecretOwner {
  readonly name: string;
  readonly steps: string;
}

/** What the mirrored Secret is now. No values. */
export interface Mirror {
  readonly exists: boolean;
  /** Carries our label and this environment's annotation. */
  readonly ours: boolean;
  readonly environment: string | null;
  readonly revision: number | null;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
  readonly keys: readonly string[] | null;
  readonly owner: SecretOwner | null;
  /** Why nobody can write it (immutable, of another type); null: it can be written. */
  readonly sealed: string | null;
  /** Annotation in which somebody's tool left a copy of the values; null: there is none. */
  readonly copiedIn: string | null;
  /** API server's time of the newest data write. */
  readonly writtenAt: number | null;
}

/** Who has written keys of the mirrored Secret, as the API server keeps account of it. */
export interface KeyWriter {
  readonly manager: string;
  /** Of its newest write, by the API server's clock; null: not told. */
  readonly at: number | null;
  readonly keys: readonly string[];
}

/** The mirrored Secret's metadata: no value leaves the cluster for it. */
export interface Glance {
  readonly exists: boolean;
  readonly ours: boolean;
  /** Whether it may be marked as ours again: no other environment's mark, nobody else's. */
  readonly free: boolean;
  readonly resourceVersion: string | null;
  readonly writers: readonly KeyWriter[];
}

/** What the mirror is expected to hold. */
export interface Expected {
  readonly revision: number;
  readonly keys: readonly string[];
  /** Keys that may be there as well, whatever they hold. */
  readonly tolerated: readonly string[];
  /** Read only when the digest does not say already that nothing differs. */
  readonly values: () => Promise<ReadonlyMap<string, Secret>>;
}

export interface Differences {
  readonly resourceVersion: string;
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The newest revision of a Helm release. */
export interface ReleaseFacts {
  /** Null: it is not installed. */
  readonly revision: number | null;
  readonly status: string | null;
  /** When Helm made it, by the API server's clock. */
  readonly at: number | null;
  /** Helm's own words and `chart-version`; null for a revision that was known. */
  readonly description: string | null;
  readonly chart: string | null;
}

/** What a deployment wants to be live. */
export interface TargetGoal {
  readonly deployment: string;
  readonly revision: number;
  readonly chart: { readonly bytes: Uint8Array; readonly values: string } | null;
  /** Who restarts: the chart's own trigger, our annotation in these templates, a patch afterwards, nobody. */
  readonly restart: RestartPlan;
  /** Fields that others own are taken from them. */
  readonly forceConflicts: boolean;
}

export interface RestartPlan {
  readonly how: "chart" | "inject" | "patch" | "off";
  /** Workloads that get our annotation (inject, patch), and its text: it changes exactly when they must restart. */
  readonly marks: readonly (WorkloadName & { readonly mark: string })[];
}

export interface WorkloadName {
  readonly kind: string;
  readonly name: string;
}

/** Manifests as the cluster would get them. */
/** A field that the chart sets and another manager owns with another value. */
export interface FieldConflict extends WorkloadName {
  readonly manager: string;
  readonly field: string;
}

export interface WorkloadFacts extends WorkloadName {
  readonly uid: string;
  /** False: nothing of it rolls, its next run reads the Secret as it is then (CronJob). */
  readonly rolls: boolean;
  readonly templateHash: string | null;
  readonly restartMark: string | null;
  /** Another object that holds its pod template (a Rollout with `workloadRef`): charts and our marks name that one. */
  readonly templateIn: WorkloadName | null;
  /** Who wrote its pod template last, besides Keyroll. */
  readonly templateManager: string | null;
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  /** Why nobody may restart it (OnDelete, partition, paused, a canary's step, outside the release); null: it rolls. */
  readonly held: string | null;
  readonly inRelease: boolean;
  readonly uses: "all" | readonly string[];
}

export interface Observation {
  readonly workloads: readonly WorkloadFacts[];
  readonly pods: readonly PodFacts[];
  /** The workloads that use the Secret, as the cluster holds them, and what else holds their pod templates. */
  readonly objects: readonly RenderedObject[];
  readonly at: number;
}

export type RollEvent =
  | { readonly type: "log"; readonly message: string }
  | { readonly type: "helm"; readonly revision: number }
  | {
      readonly type: "progress";
      readonly workload: string;
      readonly updated: number;
      readonly ready: number;
      readonly wanted: number;
    }
  | {
      readonly type: "trouble";
      readonly workload: string;
      readonly instance: string;
      readonly container: string | null;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly type: "held"; readonly workload: string; readonly message: string }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly reason: string };

/** One run of a step; the same id resumes. */
export interface RollRun {
  readonly id: string;
  readonly aim: "goal" | "fallback";
  /** Whether this run, or another one of the deployment, may have begun already: what it left is looked at first. */
  readonly resumed: boolean;
  /** The Helm that may be left of it. */
  readonly cutOff: CutOff | null;
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Called right before something is started that cannot be taken back; throws `lease_lost` when fenced out. */
  readonly guard: () => Promise<void>;
}

/** Why a pod was not replaced. */
export interface Refusal {
  readonly pod: string;
  /** Without a full stop, and so is `next`: what would make it possible; null: nothing is known. */
  readonly why: string;
  readonly next: string | null;
  /** Whether it may be possible a moment later, without anybody doing anything. */
  readonly passes: boolean;
}

/** What became of pods that were to be replaced; one that was not there any more is in neither. */
export interface Evictions {
  readonly gone: readonly string[];
  readonly refused: readonly Refusal[];
}

/** A Helm of Keyroll's that nobody saw end, and until when it can have been at work (epoch milliseconds; null: until now). */
export interface CutOff {
  readonly until: number | null;
}

/** Where values run. Absent is null; unreachable throws. */
export interface Target {
  /** No side effects. Null: this target has no manifests. @throws {KeyrollError} `in_use` when the release is locked. */
  render(goal: TargetGoal, options: RenderOptions): Promise<Rendered | null>;
  /** Fields over which a server-side apply of these objects would fail; changes nothing. */
  conflicts(objects: readonly RenderedObject[], signal: AbortSignal): Promise<readonly FieldConflict[]>;
  /** What Helm's identity lacks to create and change these objects; changes nothing. Null: no Helm is involved. */
  rights(objects: readonly RenderedObject[], signal: AbortSignal): Promise<Rights | null>;
  /** Null: this target has no mirror (processes read from Keyroll itself). */
  mirror(): Promise<Mirror | null>;
  /** The values of these keys that the mirror has now, of the kind that they were saved as. Null: it is not there, or not ours. */
  values(
    keys: readonly { readonly key: string; readonly binary: boolean | "as-found" }[],
  ): Promise<ReadonlyMap<string, Secret> | null>;
  /** What any Secret of the namespace holds, by key: text, or binary where it is none. Null: this target has no Secrets. */
  secretNamed(name: string): Promise<ReadonlyMap<string, Secret> | null>;
  /** The mirror's metadata. Null: this target has no mirror. */
  glance(): Promise<Glance | null>;
  /** Compares the mirror with what is expected, inside the server. Null: it is not there. */
  compare(expected: Expected): Promise<Differences | null>;
  /** What Helm has now; Helm itself is started only when that is none of the known revisions. Null: no Helm is involved. */
  release(known: readonly number[]): Promise<ReleaseFacts | null>;
  /** Compare-and-swap on `expect`; whole content; the same content twice writes once. @throws `foreign_secret`. */
  write(write: {
    /** resourceVersion that was seen, or "absent". */
    readonly expect: string;
    readonly revision: number;
    readonly pairs: ReadonlyMap<string, Secret>;
    readonly adopt: boolean;
    /** Some of the pairs are somebody else's: no digest vouches for them. */
    readonly foreign?: boolean;
  }): Promise<Mirror>;
  roll(goal: TargetGoal, run: RollRun): AsyncIterable<RollEvent>;
  observe(signal: AbortSignal): Promise<Observation>;
  /**
   * Ends what a dead process of ours left running, and repairs what the Helm left behind that was cut off, if one was.
   * @throws {KeyrollError} `in_use` when the release is locked by somebody else.
   */
  recover(cutOff: CutOff | null): Promise<readonly string[]>;
  /** Replaces these pods, as far as rights and disruption budgets allow now. */
  evict(pods: readonly string[], signal: AbortSignal): Promise<Evictions>;
  /** Removes what was deployed. */
  uninstall(signal: AbortSignal): Promise<void>;
}
