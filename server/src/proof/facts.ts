/** One content change of `app-secrets`, in the order in which they happened. */
export interface Write {
  /** Null: somebody else wrote it. */
  readonly revision: number | null;
  readonly resourceVersion: string;
  /** API server's clock, epoch milliseconds; whole seconds (managedFields), so the truth is up to 1 s later. */
  readonly at: number;
  readonly acknowledgedAt: number | null;
  /** Keys whose value differs from the content before. */
  readonly changed: readonly string[] | "unknown";
  readonly kind: "goal" | "contract" | "foreign";
}

/** A pod template that Keyroll saw appear. */
export interface TemplateRecord {
  readonly workloadUid: string;
  readonly hash: string;
  readonly deployment: string;
  readonly revision: number;
  /** First seen after this write was acknowledged; null: it was there before. */
  readonly afterResourceVersion: string | null;
  readonly restartMark: string | null;
}

export interface ContainerFacts {
  readonly name: string;
  readonly role: "container" | "init" | "sidecar" | "ephemeral";
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
  /** `status.startTime`: the kubelet's clock. */
  readonly kubeletStartTime: number | null;
  readonly deleting: boolean;
  readonly phase: string;
  readonly workload: { readonly kind: string; readonly name: string; readonly uid: string } | null;
  readonly templateHash: string | null;
  readonly restartMark: string | null;
  readonly containers: readonly ContainerFacts[];
}

/** What should be running: the revision that `app-secrets` holds. */
export interface Goal {
  readonly revision: number;
  /** The last revision up to the goal in which each key changed. */
  readonly lastChange: ReadonlyMap<string, number>;
  /** Keys that hold the value of a newer revision, because their own is known to be dead. */
  readonly kept?: ReadonlySet<string>;
  /** Whether the Secret is what Keyroll wrote there, somebody else's, or not there at all. */
  readonly secret?: "ours" | "foreign" | "gone";
}

/** A look at the cluster after a write was acknowledged: pods that it did not see were made after that write. */
export interface Look {
  readonly afterResourceVersion: string;
  /** Uids of the pods that were there. */
  readonly pods: ReadonlySet<string>;
}

/** `in-flight`: a run of a Job that began with older values; nothing restarts it. */
export type Verdict = "current" | "stale" | "ambiguous" | "drifted" | "draining" | "blocked" | "finished" | "in-flight";

export interface ContainerVerdict {
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly workload: PodFacts["workload"];
  /** What it runs; null: that cannot be told. */
  readonly revision: number | null;
  /** "42 (its keys unchanged since 39)". */
  readonly unchangedSince: number | null;
  readonly verdict: Verdict;
  /** 2 restart mark, 3 template or pod seen to appear, 4 time only; null: no evidence is needed or there is none. */
  readonly evidence: 2 | 3 | 4 | null;
  readonly reason: string;
}
