import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { publishedRevision, runsOf } from "../../database/deployed-goals.ts";
import type { Reader } from "../../database/schema.ts";
import type { Host } from "../host.ts";
import type { WorkloadFacts } from "../../ports/target.ts";
import { isNamed } from "../../ports/workload-kinds.ts";
import { openTarget } from "../open-target.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import { keysTouchedSince } from "./queries.ts";

interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** What a running process reports; older reports are of processes that are gone. */
const reportLasts = 30_000;
const usesType = z.union([z.literal("all"), z.array(z.string())]);
const nameType = z.object({ kind: z.string(), name: z.string() });
const factsType = z.object({
  restart: z
    .object({ how: z.string(), marks: z.array(nameType) })
    .nullable()
    .default(null),
  triggers: z.array(nameType.extend({ sure: z.boolean() })).default([]),
});
/** How a deployment made pods restart. */
type Last = z.output<typeof factsType>;

interface Parts {
  readonly host: Host;
  readonly db: Reader;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly signal: AbortSignal;
}

/**
 * What the next deployment will restart, when these keys are saved too: the live workloads that use a key which is
 * not live yet, as far as anything follows it; and those that the chart itself restarts at each deployment. Null: the
 * cluster did not answer.
 */
export const restartsOf = async (parts: Parts, touched: ReadonlySet<string>): Promise<readonly Workload[] | null> => {
  const { db, environment, host } = parts;
  const deployed = await publishedRevision(db, environment.id);
  const pending = new Set([...touched, ...(await keysTouchedSince(db, environment.id, deployed ?? 0))]);
  if (pending.size === 0) return [];
  const isConcerned = (uses: "all" | readonly string[]): boolean =>
    uses === "all" || uses.some((key) => pending.has(key));
  if (environment.type === "process") return await processes(parts, isConcerned);
  if (environment.settings.restart === "off") return [];
  const last = environment.type === "helm" ? await lastPlan(db, environment.id) : null;
  try {
    const target = await openTarget(host, parts.app, environment);
    const { workloads } = await target.observe(parts.signal);
    return workloads
      .filter(({ held, rolls, uses }) => held === null && rolls && (uses === "all" || uses.length > 0))
      .filter((workload) => isRestarted(workload, last, environment.settings.restart, isConcerned(workload.uses)))
      .map(({ kind, name }) => ({ kind, name }));
  } catch (error) {
    if (error instanceof KeyrollError && ["provider_unreachable", "provider_denied", "sealed"].includes(error.code))
      return null;
    throw error;
  }
};

const processes = async (
  { db, environment, host }: Parts,
  isConcerned: (uses: "all" | readonly string[]) => boolean,
): Promise<readonly Workload[]> => {
  const rows = await db
    .selectFrom("instances")
    .select(["host", "pid", "keys"])
    .where("environment_id", "=", environment.id)
    .where("seen_at", ">", host.clock.now() - reportLasts)
    .where("state", "!=", "stopped")
    .orderBy("id")
    .execute();
  return rows
    .filter(({ keys }) => isConcerned(usesType.parse(JSON.parse(keys))))
    .map(({ host: where, pid }) => ({ kind: "Process", name: `${where}/${pid}` }));
};

/** By what the last deployment found in the chart. Null: none ran, so nothing is known of it. */
const isRestarted = (workload: WorkloadFacts, last: Last | null, setting: string, isConcerned: boolean): boolean => {
  const trigger = last?.triggers.find((one) => isNamed(workload, one));
  if (trigger?.sure === true) return true;
  if (setting !== "chart" || last === null) return isConcerned;
  // Our annotation is taken out of its template. Otherwise nobody but the chart restarts it.
  if (last.restart?.how === "inject" && last.restart.marks.some((one) => isNamed(workload, one))) return true;
  return isConcerned && trigger !== undefined;
};

/** How the newest deployment that ran made pods restart; null: none did. */
const lastPlan = async (db: Reader, environmentId: string): Promise<Last | null> => {
  const row = await runsOf(db, environmentId)
    .select("deployment_runs.facts")
    .where("deployment_runs.verdict", "=", "running")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : factsType.parse(JSON.parse(row.facts));
};
