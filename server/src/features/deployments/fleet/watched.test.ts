import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, type RootOperationNode } from "kysely";
import { expect, test } from "vitest";
import { openDatabase } from "../../../database/open.ts";
import { watched } from "./watched.ts";

test("what a look asks of the database for an environment is found by indexes, however many deployments there were", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyroll-watched-"));
  const { db, close } = await openDatabase(join(folder, "keyroll.db"));
  try {
    const asked: CompiledQuery[] = [];
    const listening = db.withPlugin({
      transformQuery: ({ node, queryId }): RootOperationNode => {
        asked.push(db.getExecutor().compileQuery(node, queryId));
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    await watched(listening, { connectionId: "c" });
    await watched(listening, { environmentIds: ["e", "f"] });
    expect(asked).toHaveLength(2);
    for (const { sql, parameters } of asked) {
      const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
      const { rows } = await db.executeQuery<{ readonly detail: string }>(explained);
      expect(rows.length).toBeGreaterThan(5);
      expect(rows.map(({ detail }) => detail).filter((step) => step.startsWith("SCAN"))).toEqual([]);
    }
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
});
