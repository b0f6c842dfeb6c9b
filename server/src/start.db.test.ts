import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask, bootstrapToken, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";
import { readConfig } from "./config.ts";

let home: Home;
const running: TestServer[] = [];

beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (server) => await server.stop()));
  await home.remove();
});

const start = async (env: Record<string, string> = {}): Promise<TestServer> => {
  const server = await startServer({ ...home, env });
  running.push(server);
  return server;
};

/** Exit code and words of a server that does not start. */
const refusal = async (env: Record<string, string>): Promise<{ exit: number; lines: string[] }> => {
  const said = await start(env).then(
    () => "the server ended with 0:\nit started",
    (error: Error) => error.message,
  );
  const [head = "", ...lines] = said.trimEnd().split("\n");
  return { exit: Number(/ended with (\d+)/u.exec(head)?.[1]), lines };
};

const last = "Correct these environment variables and start again; nothing was changed.";

test("every mistake is a line of its own, none repeats what was given, and nothing is made", async () => {
  const dataDir = join(home.dataDir, "not-made");
  const { exit, lines } = await refusal({
    KEYROLL_DATA_DIR: dataDir,
    KEYROLL_LISTEN: "here",
    KEYROLL_PUBLIC_URL: "ftp://canary.example.com",
    KEYROLL_DATABASE_URL: "mysql://keyroll:canary@127.0.0.1/keyroll",
    KEYROLL_BOOTSTRAP_TOKEN: "canary",
    KEYROLL_LOG_LEVEL: "canary",
    KEYROLL_EGRESS_ALLOW: "10.0.0.0/99,canary",
    KEYROLL_TRUSTED_PROXIES: "10.0.0.0/8,canary",
    KEYROLL_ETCD_ENDPOINTS: "https://10.0.0.4:2379,http://canary:2379",
    KEYROLL_DATABASEURL: "canary",
    KEYROLL_FROBNICATE: "canary",
  });
  expect(exit).toBe(6);
  expect(lines.toSorted()).toEqual(
    [
      "KEYROLL_BOOTSTRAP_TOKEN: `krl_` and at least 24 of [A-Za-z0-9_]",
      "KEYROLL_DATABASEURL is not a setting; did you mean KEYROLL_DATABASE_URL?",
      "KEYROLL_DATABASE_URL: postgres://… or empty",
      "KEYROLL_EGRESS_ALLOW: hosts and networks with commas between, such as vault.example.com,10.0.0.0/8",
      "KEYROLL_ETCD_ENDPOINTS: https addresses with commas between, such as https://10.0.0.4:2379",
      "KEYROLL_ETCD_ENDPOINTS: needs KEYROLL_ETCD_CA_FILE, KEYROLL_ETCD_CERT_FILE and KEYROLL_ETCD_KEY_FILE",
      "KEYROLL_FROBNICATE is not a setting",
      "KEYROLL_LISTEN: address:port, such as 127.0.0.1:7340",
      "KEYROLL_LOG_LEVEL: silent, error, warn, info or debug",
      "KEYROLL_PUBLIC_URL: an http(s) address, such as https://keyroll.example.com",
      "KEYROLL_TRUSTED_PROXIES: addresses and networks with commas between, such as 10.0.0.0/8",
      last,
    ].toSorted(),
  );
  expect(lines.at(-1)).toBe(last);
  expect(existsSync(dataDir)).toBe(false);
});

test.each([
  ["KEYROLL_LISTEN", "127.0.0.1:70000"],
  ["KEYROLL_LISTEN", "7340"],
  ["KEYROLL_DATABASE_URL", "postgres://keyroll:canary@[/x"],
  ["KEYROLL_EGRESS_ALLOW", "fd00::/129"],
  ["KEYROLL_EGRESS_ALLOW", "https://vault.example.com"],
  ["KEYROLL_BOOTSTRAP_TOKEN", "krl_canary"],
  ["AWS_ENDPOINT_URL_EKS", "canary.example.com"],
  ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER", "ftp://canary.example.com"],
  ["AZURE_RESOURCE_MANAGER_URL", "https://"],
])("%s=%s is a mistake", (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: (?!.*canary).*$`, "u"));
});

test("names of the command line and of other programs are left alone; empty is as good as absent", async () => {
  const server = await start({
    KEYROLL_URL: "https://keyroll.example.com",
    KEYROLL_APP: "shop",
    KEYROLL_PUBLIC_URL: "",
    KEYROLL_EGRESS_ALLOW: "vault.example.com, 10.0.0.0/8,fd00::/8,",
    KUBERNETES_SERVICE_PORT: "443",
  });
  expect((await ask(server, "GET /me")).status).toBe(200);
});

test("a database that is not there is said without its password", async () => {
  const { exit, lines } = await refusal({ KEYROLL_DATABASE_URL: "postgres://keyroll:canary@127.0.0.1:4/keyroll" });
  expect(exit).toBe(1);
  expect(lines.join("\n")).toMatch(/could not start.*ECONNREFUSED/u);
  expect(lines.join("\n")).not.toContain("canary");
});

test("a master key is made for its owner in a folder of its own, and only where one server can have it", async () => {
  const dataDir = join(home.dataDir, "new");
  const server = await start({ KEYROLL_DATA_DIR: dataDir, KEYROLL_MASTER_KEY_FILE: "" });
  const key = join(dataDir, "master.key");
  // PostgreSQL is shared: a key of this server's own would split the data.
  expect(existsSync(key)).toBe(home.databaseUrl === null);
  expect((await ask(server, "GET /me")).body.sealed).toBe(home.databaseUrl !== null);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const mode = existsSync(key) ? statSync(key).mode & 0o777 : 0o400;
  expect(mode).toBe(0o400);
});

test("a key file that is named and not there is never made", async () => {
  const file = join(home.dataDir, "elsewhere.key");
  const server = await start({ KEYROLL_MASTER_KEY_FILE: file });
  expect((await ask(server, "GET /me")).body.sealed).toBe(true);
  expect(existsSync(file)).toBe(false);
});

test("a second server on the same data is refused on SQLite and welcome on PostgreSQL; the first goes on", async () => {
  const first = await start();
  await ask(first, "POST /apps", { body: { name: "shop" } });
  const second = await start().then(
    async (server) => (await ask(server, "GET /apps/shop")).status,
    (error: Error) => error.message,
  );
  const refused =
    "the server ended with 7:\nAnother Keyroll is running on this KEYROLL_DATA_DIR.\nStop it, or give this one another folder.\n";
  expect(second).toBe(home.databaseUrl === null ? refused : 200);
  expect((await ask(first, "GET /apps/shop")).status).toBe(200);
});

test("the bootstrap token is accepted and never printed", async () => {
  const server = await start();
  expect((await ask(server, "GET /me", { token: bootstrapToken })).body.me.name).toBe("bootstrap");
  expect(server.output()).not.toContain(bootstrapToken);
});

test("callers behind a trusted proxy have a limit each", async () => {
  const server = await start({ KEYROLL_TRUSTED_PROXIES: "127.0.0.0/8" });
  const from = async (address: string): Promise<number> =>
    (
      await ask(server, "POST /device", {
        body: { client: "cli" },
        token: null,
        headers: { "x-forwarded-for": `203.0.113.77, ${address}` },
      })
    ).status;
  const statuses = new Set<number>();
  for (let i = 0; i < 31; i++) statuses.add(await from("198.51.100.1"));
  expect([...statuses]).toEqual([200, 429]);
  expect(await from("198.51.100.2")).toBe(200);
  expect(server.output()).toContain('"from":"198.51.100.1"');
});
