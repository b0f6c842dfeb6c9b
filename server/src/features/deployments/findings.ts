import { KeyrollError } from "@keyroll/contract/errors";
import type { OutputOf, Routes } from "@keyroll/contract";
import { limits, requiredKeys, type RequiredKey } from "@keyroll/pairs";
import {
  nothingParsed,
  NotYaml,
  parseManifests,
  preflight,
  type Consumer,
  type KeyFacts,
  type ManifestObject,
  type PreflightInput,
} from "@keyroll/preflight";
import type { RestartPlan, WorkloadFacts, WorkloadName } from "../../ports/target.ts";
import type { Rendered, RenderedObject } from "../../ports/rendered.ts";
import { isNamed, rolledKinds } from "../../ports/workload-kinds.ts";
import { factsOf } from "../plain.ts";
import type { Facts } from "./goal.ts";
import type { Job } from "./job.ts";
import { pairsOf } from "../pairs-of.ts";

export type Finding = OutputOf<Routes["preflight.run"]>["findings"][number];

export interface Findings {
  readonly findings: Finding[];
  readonly restart: RestartPlan;
  readonly triggers: Facts["triggers"];
  readonly consumers: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uses: "all" | readonly string[];
  }[];
}

export type Manifests = Pick<PreflightInput, "objects" | "again">;

type Parts = Pick<Job, "host" | "store" | "goal" | "environment" | "target" | "rendered" | "signal"> & {
  readonly manifests: Manifests;
  /** Every workload restarts, also those whose keys did not change; the text makes their marks differ. */
  readonly restartAll: string | null;
  /** The chart's package; null: no chart is involved. */
  readonly chart: Uint8Array | null;
};

/** What a deployment of this goal would run into, and who would restart what. */
export const findingsOf = async (job: Parts): Promise<Findings> => {
  if (job.environment.type === "process")
    return { findings: await processFindings(job), restart: { how: "off", marks: [] }, triggers: [], consumers: [] };
  const { environment } = job;
  const { first } = job.rendered;
  const keys = await keyFacts(job);
  const [chart, observation, mirror] = await Promise.all([
    readChart(job),
    job.target.observe(job.signal),
    job.target.mirror(),
  ]);
  const isRestart = environment.type === "restart";
  const removedKeys = mirror?.ours === true ? (mirror.keys ?? []).filter((key) => !keys.has(key)) : [];
  const { findings, consumers: found } = preflight({
    ...job.manifests,
    // Nobody renders what somebody else installs: what is there is what restarts.
    ...(isRestart ? { objects: observation.objects.map(asLive) } : {}),
    ...chart,
    keys,
    removedKeys,
    running: observation.workloads.filter(usesAny),
    secretName: environment.secretName ?? "",
    namespace: environment.namespace ?? "",
    helmMajor: first?.helmMajor ?? 4,
    restart: environment.settings.restart,
    helmRevision: first?.revision ?? null,
    releaseBytes: first?.releaseBytes ?? null,
    timeoutSeconds: environment.settings.timeoutSeconds,
  });
  const [consumers, live] = isRestart ? [[], observation.workloads.filter(usesAny)] : [found, []];
  return {
    findings: [
      ...lockedRelease(first, environment.releaseName),
      ...findings,
      ...outside(observation.workloads, environment.type),
    ].map((finding) => ({ ...finding })),
    restart: await restartPlan(job, consumers, live, observation.workloads),
    triggers: consumers
      .filter(({ rolls, rollTrigger }) => rolls && rollTrigger !== false)
      .map(({ object: { kind, name }, rollTrigger }) => ({ kind, name, sure: rollTrigger === true })),
    consumers: [
      ...consumers.map(({ object, uses }) => ({ kind: object.kind, name: object.name, uses })),
      ...live.map(({ kind, name, uses }) => ({ kind, name, uses })),
    ],
  };
};

/** The same for a deployment that is under way. */
export const jobFindings = async (
  { host, store, goal, environment, target, signal }: Job,
  rest: Pick<Parts, "rendered" | "manifests" | "restartAll" | "chart">,
): Promise<Findings> => await findingsOf({ host, store, goal, environment, target, signal, ...rest });

const asLive = (object: RenderedObject): ManifestObject => ({ ...object, source: null, origin: "live" });

const usesAny = ({ uses }: WorkloadFacts): boolean => uses === "all" || uses.length > 0;

/**
 * Both renders; documents that are alike in them are parsed once.
 * @throws {KeyrollError} `invalid` when a template puts out what is no YAML.
 */
export const manifestsOf = (rendered: Job["rendered"]): Manifests => {
  try {
    return parsedOf(rendered);
  } catch (error) {
    if (!(error instanceof NotYaml)) throw error;
    throw new KeyrollError("invalid", `The chart cannot be read: ${error.message}.`, {
      field: "chart",
      next: "Correct that template; `helm template` shows what it puts out.",
      changed: false,
    });
  }
};

const parsedOf = (rendered: Job["rendered"]): Manifests => {
  const [manifests, hooks] = [nothingParsed(), nothingParsed()];
  const objectsOf = (one: Rendered): ManifestObject[] => [
    ...parseManifests(one.manifest, "manifest", manifests),
    ...one.hooks.flatMap((hook) => parseManifests(hook, "hook", hooks)),
  ];
  return {
    objects: rendered.first === null ? [] : objectsOf(rendered.first),
    again: rendered.second === null ? undefined : objectsOf(rendered.second),
  };
};

/** What the chart's own files say: its templates, and the keys that it needs. */
const readChart = async ({
  host,
  chart,
}: Parts): Promise<{ templates?: PreflightInput["templates"]; required: readonly RequiredKey[] }> => {
  if (chart === null) return { required: [] };
  const { templates, ...contract } = await host.charts.text(chart);
  return { templates, required: requiredKeys(contract) };
};

const keyFacts = async ({ store, goal }: Parts): Promise<Map<string, KeyFacts>> => {
  const facts = new Map<string, KeyFacts>();
  for (const [key, value] of await pairsOf(store, goal)) {
    const { bytes, nul, utf8 } = factsOf(value);
    facts.set(key, { bytes, nul, utf8 });
  }
  return facts;
};

/** A release at which a Helm is at work, or died. */
const lockedRelease = (rendered: Rendered | null, name: string | null): Finding[] =>
  rendered === null || rendered.locked === null
    ? []
    : [
        {
          rule: "release-locked",
          severity: "warning",
          object: null,
          container: null,
          key: null,
          source: null,
          message: `Helm keeps release ${name ?? ""} locked (${rendered.locked}): its Helm is at work, or died in it. These findings are those of the template.`,
          fix: "Wait for it. A deployment unlocks what a Helm of Keyroll left; `helm rollback` unlocks the rest.",
        },
      ];

/** Consumers of the Secret that Helm will not roll. */
const outside = (workloads: readonly WorkloadFacts[], type: string): Finding[] =>
  type !== "helm"
    ? []
    : workloads
        .filter(({ inRelease, rolls, uses }) => !inRelease && rolls && (uses === "all" || uses.length > 0))
        .map(({ kind, name }) => ({
          rule: "outside-release",
          severity: "warning",
          object: { kind, namespace: null, name },
          container: null,
          key: null,
          source: null,
          message: `${kind}/${name} uses the Secret and is not part of the release: it keeps its values until somebody restarts it.`,
          fix: "Restart it after the deployment, or make it part of the chart.",
        }));

/**
 * Our annotation says the newest revision in which one of the workload's own keys changed: it changes, and the
 * workload restarts, exactly when its values did. A restart that somebody asked for adds its own text, which later
 * deployments leave as it is until the values change.
 */
const restartPlan = async (
  job: Parts,
  consumers: readonly Consumer[],
  live: readonly WorkloadFacts[],
  present: readonly WorkloadFacts[],
): Promise<RestartPlan> => {
  const { restart } = job.environment.settings;
  const { restartAll } = job;
  const manifest = job.goal.revision === 0 ? null : await job.store.manifest({ at: job.goal.revision });
  const keepsAny = (uses: "all" | readonly string[]): boolean =>
    job.goal.keep.some((key) => uses === "all" || uses.includes(key));
  const newestOf = (uses: "all" | readonly string[]): number => {
    const keys = uses === "all" ? [...(manifest?.entries.keys() ?? [])] : uses;
    // With every key, a removal is a change too; so is a value that is kept from a newer revision.
    if (uses === "all" || keepsAny(uses)) return job.goal.revision;
    return Math.max(0, ...keys.map((key) => manifest?.entries.get(key)?.revision ?? 0));
  };
  const markOf = (named: WorkloadName, uses: "all" | readonly string[]): string => {
    // Other values than those that the same revision had when it was deployed as it was saved.
    const kept = keepsAny(uses) ? `k${job.goal.keepFrom ?? 0}` : "";
    const mark = `r${newestOf(uses)}${kept}`;
    if (restartAll !== null) return `${mark}-${restartAll}`;
    const now = present.find((one) => isNamed(one, named))?.restartMark ?? null;
    return now?.startsWith(`${mark}-`) === true ? now : mark;
  };
  if (restart === "off" && restartAll === null) return { how: "off", marks: [] };
  if (job.environment.type === "restart") {
    return {
      how: "patch",
      marks: live
        .filter(({ held, kind }) => held === null && rolledKinds.has(kind))
        .map(({ kind, name, uses }) => ({ kind, name, mark: markOf({ kind, name }, uses) })),
    };
  }
  const without = consumers.filter(({ rolls, rollTrigger }) => rolls && (restart === "inject" || rollTrigger !== true));
  if ((restart === "chart" && restartAll === null) || without.length === 0) return { how: "chart", marks: [] };
  return {
    how: "inject",
    marks: without.map(({ object: { kind, name }, uses }) => ({ kind, name, mark: markOf({ kind, name }, uses) })),
  };
};

/** What a process environment cannot hold. */
const processFindings = async (job: Parts): Promise<Finding[]> => {
  const found: Finding[] = [];
  for (const [key, value] of await pairsOf(job.store, job.goal)) {
    const facts = factsOf(value);
    const add = (rule: string, severity: Finding["severity"], message: string, fix: string): void => {
      found.push({ rule, severity, object: null, container: null, key, source: null, message, fix });
    };
    const entry = key.length + 1 + facts.bytes;
    if (facts.nul)
      add(
        "env-nul",
        "error",
        `\`${key}\` holds a NUL byte: no process environment can.`,
        "Save it encoded, for example as base64 text.",
      );
    if (entry > limits.envEntryBytes) {
      add(
        "env-too-large",
        "error",
        `\`${key}=…\` has ${entry} bytes; a process environment takes ${limits.envEntryBytes} for one variable.`,
        "Make it smaller, or leave it out of the environment.",
      );
    }
    if (!facts.utf8)
      add(
        "env-not-utf8",
        "error",
        `\`${key}\` is not UTF-8 text: a process environment cannot carry it safely.`,
        "Save it encoded, for example as base64 text.",
      );
  }
  return found;
};
