import { routes } from "@keyroll/contract";
import { deploymentJournal } from "../../database/journal.ts";
import type { Reader } from "../../database/schema.ts";
import { cut, startNumber } from "../paging.ts";
import { query } from "../verb.ts";
import { goalChanges } from "./goal-changes.ts";
import { deploymentView, findDeployment, goalView, newestDeployments } from "./queries.ts";
import { undoOf } from "./undo-goal.ts";

/** Deployments, newest first. */
export const listDeployments = query(routes["deployments.list"], async ({ db, environment, query: page }) => {
  const start = startNumber(page.cursor);
  const rows = await newestDeployments(db, environment.id, start, page.limit + 1);
  const { items, next } = cut(rows, page.limit, (row) => String(row.number));
  return { items: items.map(deploymentView), next };
});

/** One deployment with its journal and what it changes. */
export const getDeployment = query(routes["deployments.get"], async ({ db, environment, params }) => {
  const { row, journal } = await together(db, environment.id, params.deployment);
  const [changes, undo] = await Promise.all([goalChanges(db, row), undoOf(db, environment.id, row)]);
  return {
    deployment: deploymentView(row),
    changes,
    journal,
    undo: undo === null ? null : { goal: goalView(undo.goal), kept: [...undo.kept] },
  };
});

/** A deployment and its journal of one moment: none that has ended by the one and not by the other. */
const together = async (db: Reader, environmentId: string, which: string) => {
  for (let row = await findDeployment(db, environmentId, which); ;) {
    const journal = await deploymentJournal(db, row.id);
    const after = await findDeployment(db, environmentId, which);
    if (after.state === row.state) return { row, journal };
    row = after;
  }
};
