import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { publishedRevision, runsOf } from "../../database/deployed-goals.ts";
import type { Reader } from "../../database/schema.ts";
import type { Host } from "../host.ts";
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
const planType = z.object({ how: z.string(), marks: z.array(z.object({ kind: z.string(), name: z.string() })) });
const factsType = z.object({ restart: planType.nullable().default(null) });
type Plan = z.output<typeof planType>;

interface Parts {
  readonly host: Host;
  readonly db: Reader;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly signal: AbortSignal;
}

/**
 * What the next deployment will restart, when these keys are saved too: the live workloads that use a key which is
 * not live yet; all that use any, where the chart itself restarts at each deployment. Null: the cluster did not answer.
 */
export const restartsOf = async (parts: Parts, touched: ReadonlySet<string>): Promise<readonly Workload[] | null> => {
  const { db, environment, host } = parts;
  const deployed = await publishedRevision(db, environment.id);
  const pending = new Set([...touched, ...(await keysTouchedSince(db, environment.id, deployed ?? 0))]);
  if (pending.size === 0) return [];
  const isConcerned = (uses: "all" | readonly string[]): boolean =>
    uses === "all" || uses.some((key) => pending.has(key));
  if (environment.type === "process") return await processes(parts, isConcerned);
  const last = await lastPlan(db, environment.id);
  if (environment.settings.restart === "off" || last?.how === "off") return [];
  try {
    const target = await openTarget(host, parts.app, environment);
    const { workloads } = await target.observe(parts.signal);
    return workloads
      .filter(({ held, rolls, uses }) => held === null && rolls && (uses === "all" || uses.length > 0))
      .filter((workload) => isConcerned(workload.uses) || restartsItself(workload, last))
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

/** The chart's own trigger makes it restart at each deployment: ours was put nowhere, or everywhere but here. */
const restartsItself = ({ kind, name }: Workload, last: Plan | null): boolean =>
  last?.how === "chart" ||
  (last?.how === "inject" && !last.marks.some((mark) => mark.kind === kind && mark.name === name));

/** How the newest deployment that ran made pods restart; null: none did. */
const lastPlan = async (db: Reader, environmentId: string): Promise<Plan | null> => {
  const row = await runsOf(db, environmentId)
    .select("deployment_runs.facts")
    .where("deployment_runs.verdict", "=", "running")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : factsType.parse(JSON.parse(row.facts)).restart;
};
