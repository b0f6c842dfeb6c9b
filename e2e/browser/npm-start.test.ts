import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { until } from "../harness/server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("npm start serves console and API, and prints the set-up link", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyroll-start-"));
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: folder, KEYROLL_LISTEN: "127.0.0.1:0", XDG_DATA_HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  try {
    const text = await until(
      async () => await Promise.resolve(said),
      (output) => output.includes("/setup#"),
      60,
    );
    const url = /Keyroll is at (\S+)/u.exec(text)?.[1] ?? "";
    const page = await fetch(url);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(await page.text()).toContain('<div id="root">');
    expect(await (await fetch(`${url}/api/v1/me`)).json()).toMatchObject({ me: null, setUp: false, sealed: false });
  } finally {
    // npm does not pass signals on: the whole group, which this test has made, is asked to end.
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-(child.pid ?? 0), "SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
});
