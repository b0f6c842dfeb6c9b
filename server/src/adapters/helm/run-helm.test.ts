import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runHelm } from "./run-helm.ts";

let workDir = "";

beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), "keyroll-helm-"));
});
afterAll(async () => {
  await rm(workDir, { recursive: true });
});

/** A program in Helm's place, which does this. */
const calling = async (script: string, timeoutSeconds: number) => {
  const binary = join(workDir, "program");
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const options = { binary, workDir: join(workDir, "work"), path: "/usr/bin:/bin", now: Date.now };
  const args = () => ["upgrade", "--install", "shop", "--dry-run=server"];
  return await runHelm(options, { args, timeoutSeconds });
};

test("a Helm that does not end in its time is told as that, with the figure: not as a mistake of the chart", async () => {
  // As Helm does when it is ended.
  await expect(
    calling("trap 'echo Error: context canceled >&2; exit 1' TERM; sleep 60 & wait", 1),
  ).rejects.toMatchObject({
    code: "provider_unreachable",
    message: "Helm had not ended after 1 s and was stopped (helm upgrade --dry-run=server).",
    facts: { limit: "1 s", next: expect.stringContaining("by hand") },
  });
  expect(await readdir(join(workDir, "work"))).toEqual([]);
});

test("one that prints too much is told as that, whatever it ends with", async () => {
  await expect(calling("head -c 34603008 /dev/zero; exit 0", 60)).rejects.toMatchObject({
    code: "limit_exceeded",
    message: "Helm printed more than 32 MiB and was stopped (helm upgrade --dry-run=server).",
  });
});

test("what Helm itself says of a failure is its answer", async () => {
  expect(await calling("echo no chart >&2; exit 1", 60)).toEqual({ code: 1, stdout: "", stderr: "no chart\n" });
});
