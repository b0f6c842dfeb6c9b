import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";
import { makeShell, type Shell } from "../harness/transcript.ts";

/** A save that takes seconds: the pace is that of Parameter Store, which takes 20 puts at once and then three a second. */
const keys = 40;
/**
 * The pace knows when a put leaves, the quota counts when it comes. Each third of a second that the first ones take longer
 * on their way than the later ones needs one more in hand: the server keeps one, and this is what a busy machine takes.
 */
const inHand = 5;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let shell: Shell;

beforeAll(async () => {
  emulator = await startParameterStore({ throttle: true, bursts: { put: 20 + inHand } }, "memory");
  home = await makeHome();
  const env = { AWS_ENDPOINT_URL_SSM: emulator.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  server = await startServer({ ...home, env });
  const store = { kind: "aws-ssm", settings: { region: "eu-west-1" } };
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "cloud", cluster: { kind: "process" }, store } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "cloud", kind: "sandbox" } });
  shell = await makeShell({ url: server.url, env: { KEYROLL_APP: "shop", KEYROLL_ENV: "dev" } });
  const lines = Array.from({ length: keys }, (_, i) => `KEY_${i}=value of ${i}`);
  await writeFile(join(shell.folder, "many.env"), `${lines.join("\n")}\n`);
});
afterAll(async () => {
  await shell.remove();
  await server.stop();
  await home.remove();
  emulator.stop();
});

test("at a terminal one line says how many of how many are written and the seconds left", async () => {
  // `script` is a terminal; the line is written over and over, and is gone at the end.
  const output = await shell.run("script -qec 'keyroll import many.env --yes' /dev/null");
  const lines = [...output.matchAll(/Saving: (\d+) of (\d+) written(?:, about (\d+) s left)? \(Ctrl-C cancels\)/gu)];
  const written = lines.map(([, count]) => Number(count));
  expect(lines.length).toBeGreaterThan(5);
  expect(written).toEqual(written.toSorted((a, b) => a - b));
  expect(new Set(lines.map(([, , of]) => of))).toEqual(new Set([String(keys)]));
  // The 21 or so that do not leave at once take seven seconds, and that is said from the beginning.
  const [first] = lines.flatMap(([, , , left]) => (left === undefined ? [] : [Number(left)]));
  expect(first).toBeGreaterThanOrEqual(5);
  expect(output).toContain("Saved as 1 (verified)");
  expect(output).not.toContain("Saving: 0 %");
  expect((await emulator.log()).actions.PutParameter.throttled).toBe(0);
});

test("elsewhere nothing is said before the end", async () => {
  const output = await shell.run("sed -i 's/value/other/' many.env; keyroll import many.env --yes");
  expect(output).not.toContain("Saving");
  expect(output).toContain("Saved as 2 (verified)");
});
