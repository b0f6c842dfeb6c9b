import { sql } from "kysely";
import { expect, test } from "vitest";
import { acquireLease } from "../../database/leases.ts";
import { openSqlite } from "../../database/sqlite.ts";
import { claimNext } from "./claim.ts";
import { deploymentById } from "./queries.ts";

const release = (version: string) => ({ id: `r-${version}`, chart: "shop", version });

test("a deployment whose turn comes takes what runs by then, where nobody named a release or values", async () => {
  const { db } = await openSqlite(":memory:");
  await sql`pragma foreign_keys = off`.execute(db);
  const host = { db, dialect: "sqlite", clock: { now: () => 1000, sleep: async () => undefined } } as const;
  const insert = async (number: number, verdict: string | null, rest: { goal: object; options?: object }) => {
    const id = `d${number}`;
    await db
      .insertInto("deployments")
      .values({
        id,
        environment_id: "e",
        number,
        goal: JSON.stringify(rest.goal),
        fallback: null,
        options: JSON.stringify({ adopt: false, restart: "changed", ...rest.options }),
        reason: "requested",
        requested_by: '{"name":"ada"}',
        requested_at: 0,
      })
      .execute();
    await db
      .insertInto("deployment_runs")
      .values({
        deployment_id: id,
        environment_id: "e",
        aim: "goal",
        step: "observe",
        state: verdict === null ? "queued" : "done",
        verdict,
        live: verdict === null ? null : "goal",
        outcome: null,
        helm_revision: null,
        cancel_requested: 0,
        started_at: null,
        ended_at: null,
        facts: "{}",
      })
      .execute();
  };
  // Asked for while 2.0.0 was on its way, which runs now.
  await insert(1, "running", { goal: { release: release("1.0.0"), values: 1, revision: 1 } });
  await insert(2, "running", { goal: { release: release("2.0.0"), values: 2, revision: 2 } });
  await insert(3, null, {
    goal: { release: release("1.0.0"), values: 1, revision: 3 },
    options: { follows: { release: true, values: false } },
  });
  const lease = await acquireLease(host, "environment:e", "me", 60_000);
  if (lease === null) throw new Error("no lease");
  expect(await claimNext(host, lease, "e")).toBe("d3");
  expect(await deploymentById(db, "d3")).toMatchObject({
    state: "active",
    goal: { release: release("2.0.0"), values: 1, revision: 3 },
    fallback: { release: release("2.0.0"), values: 2, revision: 2 },
  });
});
