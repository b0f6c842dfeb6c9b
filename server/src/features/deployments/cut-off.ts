import type { Reader } from "../../database/schema.ts";
import type { CutOff } from "../../ports/target.ts";
import { newestDeployments, type DeploymentRow } from "./queries.ts";

/** Deployments that are looked through for the last one that rolled: those in between ended before they changed anything. */
const lookBack = 20;

/** The Helm of this deployment that nobody saw end. */
export const cutOffOf = ({ facts, endedAt }: DeploymentRow): CutOff | null =>
  facts.rolling !== null && facts.helm !== "ended" ? { until: endedAt } : null;

/** The same of the last deployment before it that let something roll. */
export const cutOffBefore = async (db: Reader, { environmentId, number }: DeploymentRow): Promise<CutOff | null> => {
  const before = await newestDeployments(db, environmentId, number, lookBack);
  const last = before.find(({ facts }) => facts.rolling !== null);
  return last === undefined ? null : cutOffOf(last);
};
