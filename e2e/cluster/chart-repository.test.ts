import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { filesBelow, placesOf } from "../harness/canary.ts";
import { ask, makeHome, startServer, type Home, type Reply, type TestServer } from "../harness/server.ts";
import { makeShell } from "../harness/transcript.ts";

/** Classic chart repositories on loopback, made by Helm itself and pulled by a real server. */

const helm4 = process.env["KEYROLL_HELM"] ?? "helm";
const helm3 = process.env["KEYROLL_HELM3"] ?? "";
const password = "canary-of-the-repository";
const basic = `Basic ${Buffer.from(`reader:${password}`).toString("base64")}`;

let folder = "";
const opened: Server[] = [];

/** Serves the folder; `before` may answer first. */
const serve = async (before: (request: IncomingMessage) => Answer | null = () => null, tls = false): Promise<Site> => {
  const asked: Site["asked"] = [];
  const listener: RequestListener = (request, response) => {
    asked.push({ path: request.url ?? "", authorization: request.headers.authorization ?? null });
    const answer = before(request) ?? fileOf(request.url ?? "");
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  };
  const server = tls
    ? createTlsServer(
        { key: readFileSync(join(folder, "tls.key")), cert: readFileSync(join(folder, "tls.crt")) },
        listener,
      )
    : createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  opened.push(server);
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, asked };
};

interface Site {
  readonly url: string;
  readonly asked: { path: string; authorization: string | null }[];
}
interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

const fileOf = (path: string): Answer => {
  const name = path.slice(1);
  return readdirSync(join(folder, "repository")).includes(name)
    ? { status: 200, body: readFileSync(join(folder, "repository", name)) }
    : { status: 404 };
};
const withPassword = ({ headers }: IncomingMessage): Answer | null =>
  headers.authorization === basic ? null : { status: 401 };
const indexOf = (url: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    entries: { shop: [{ apiVersion: "v2", name: "shop", version: "1.2.0", urls: [url], ...more }] },
  });
const index =
  (body: string) =>
  ({ url }: IncomingMessage): Answer | null =>
    url === "/index.yaml" ? { status: 200, body } : null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyroll-charts-"));
  mkdirSync(join(folder, "repository"));
  for (const version of ["1.2.0", "1.10.0", "2.0.0", "3.0.0-rc.1"]) {
    mkdirSync(join(folder, "shop"), { recursive: true });
    writeFileSync(join(folder, "shop/Chart.yaml"), `apiVersion: v2\nname: shop\nversion: ${version}\n`);
    execFileSync(helm4, ["package", join(folder, "shop"), "--destination", join(folder, "repository")]);
  }
  execFileSync(helm4, ["repo", "index", join(folder, "repository")]);
  execFileSync(
    "openssl",
    [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=charts".split(" "),
      ..."-addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.crt".split(" "),
    ],
    { cwd: folder, stdio: "ignore" },
  );
});

afterEach(async () => {
  await Promise.all(
    opened.splice(0).map(
      async (server) =>
        await new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (env: Record<string, string>): Promise<{ home: Home; server: TestServer }> => {
  const home = await makeHome();
  const server = await startServer({ ...home, env: { KEYROLL_LOG_LEVEL: "debug", ...env } });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  return { home, server };
};
const stop = async (one: { home: Home; server: TestServer }): Promise<void> => {
  await one.server.stop();
  await one.home.remove();
};
const pull = async (server: TestServer, reference: object): Promise<Reply> =>
  await ask(server, "POST /apps/shop/releases", { body: { reference: { chart: "shop", ...reference } } });

describe.each([
  ["Helm 4", helm4],
  ["Helm 3", helm3],
])("%s", (_, helm) => {
  let one: { home: Home; server: TestServer };
  beforeAll(async () => {
    one = await start({ KEYROLL_HELM: helm });
  });
  afterAll(async () => await stop(one));

  test.each([
    [undefined, "2.0.0"],
    ["^1.2.0", "1.10.0"],
    ["1.2.0", "1.2.0"],
    ["v1.2.0", "1.2.0"],
    ["3.0.0-rc.1", "3.0.0-rc.1"],
  ])("version %s is %s", async (version, chosen) => {
    const { url } = await serve();
    const pulled = await pull(one.server, { url, ...(version === undefined ? {} : { version }) });
    expect([pulled.status, pulled.body.release?.version]).toEqual([201, chosen]);
  });

  test.each([
    ["9.9.9", "not_found", "It has 3.0.0-rc.1, 2.0.0"],
    ["not a version!", "invalid", "^1.2"],
  ])("version %s is %s", async (version, code, next) => {
    const { url } = await serve();
    const refused = await pull(one.server, { url, version });
    expect(refused.body).toMatchObject({ code, changed: false });
    expect(refused.body.next).toContain(next);
  });
});

describe("a repository", () => {
  let one: { home: Home; server: TestServer };
  beforeAll(async () => {
    one = await start({ KEYROLL_HELM: helm4, NODE_EXTRA_CA_CERTS: join(folder, "tls.crt") });
  });
  afterAll(async () => await stop(one));

  test("with a password takes the right one, and it lies nowhere afterwards", async () => {
    const { url } = await serve(withPassword, true);
    const pulled = await pull(one.server, { url, username: "reader", password });
    expect([pulled.status, pulled.body.release?.version]).toEqual([201, "2.0.0"]);
    for (const given of [{}, { username: "reader", password: `not-${password}` }]) {
      const refused = await pull(one.server, { url, ...given });
      expect([refused.status, refused.body.code, refused.body.changed]).toEqual([502, "provider_denied", false]);
      expect(JSON.stringify(refused.body)).not.toContain(password);
    }
    const places = new Map<string, Uint8Array | string>(filesBelow(one.home.dataDir)).set("log", one.server.output());
    expect(placesOf(password, places)).toEqual([]);
  });

  test("is pulled by the command line, which takes the password from standard input", async () => {
    const { url } = await serve(withPassword);
    const shell = await makeShell({ url: one.server.url, env: { KEYROLL_APP: "shop" } });
    const said = await shell.run(
      `printf '%s\\n' ${password} | keyroll release push ${url} --chart shop --chart-version 1.10.0 --username reader --password-file -`,
    );
    expect(said).toMatch(/^(Pushed shop 1\.10\.0|shop 1\.10\.0 .* is here already)/u);
    await shell.remove();
  });

  test("keeps its password when packages lie elsewhere, by the index or by a redirect", async () => {
    const elsewhere = await serve();
    const byIndex = await serve(
      (request) => withPassword(request) ?? index(indexOf(`${elsewhere.url}/shop-1.2.0.tgz`))(request),
    );
    const byRedirect = await serve((request) =>
      request.url === "/index.yaml"
        ? withPassword(request)
        : { status: 302, headers: { location: `${elsewhere.url}${request.url}` } },
    );
    for (const { url, asked } of [byIndex, byRedirect]) {
      expect((await pull(one.server, { url, username: "reader", password })).status).toBe(201);
      expect(asked[0]?.authorization).toBe(basic);
    }
    expect(elsewhere.asked.map(({ authorization }) => authorization)).toEqual([null, null]);
  });

  test.each([
    ["names no such chart", { chart: "shap" }, "not_found", /Did you mean `shop`/u],
    ["needs a chart's name", { chart: "../shop" }, "invalid", /--chart/u],
  ])("%s", async (_, reference, code, next) => {
    const { url } = await serve();
    const refused = await pull(one.server, { url, ...reference });
    expect([refused.body.code, refused.body.changed]).toEqual([code, false]);
    expect(refused.body.next).toMatch(next);
  });

  test.each([
    ["is a web page", index("<html>hello</html>"), "invalid"],
    ["is not there", () => ({ status: 404 }), "not_found"],
    ["throttles", () => ({ status: 429 }), "provider_throttled"],
    ["is broken", () => ({ status: 500 }), "provider_unreachable"],
    ["redirects in a circle", () => ({ status: 302, headers: { location: "/index.yaml" } }), "invalid"],
    ["leads to http elsewhere", () => ({ status: 302, headers: { location: "http://192.0.2.1/" } }), "invalid"],
    ["leads to the metadata service", index(indexOf("https://169.254.169.254/shop.tgz")), "invalid"],
    ["leads into a file", index(indexOf("file:///etc/passwd")), "invalid"],
    ["gives another package than it says", index(indexOf("shop-1.2.0.tgz", { digest: "0".repeat(64) })), "invalid"],
    ["gives something else than a chart", index(indexOf("index.yaml")), "invalid"],
    ["has no end", index("#".repeat(33 * 1024 * 1024)), "limit_exceeded"],
  ])("that %s", async (_, answer, code) => {
    const { url } = await serve(answer);
    const refused = await pull(one.server, { url });
    expect(refused.body).toMatchObject({ code, changed: false });
  });

  test.each(["http://charts.example.com", "https://reader:secret@charts.example.com", "ftp://127.0.0.1", "charts"])(
    "is not named by %s",
    async (url) => {
      const refused = await pull(one.server, { url });
      expect(refused.body).toMatchObject({ code: "invalid", changed: false });
      expect(JSON.stringify(refused.body)).not.toContain("secret");
    },
  );

  test("with thousands of charts is cut to the one that is wanted", async () => {
    const written = readFileSync(join(folder, "repository/index.yaml"), "utf8");
    const other = (name: string): string =>
      `  ${name}:\n${`  - apiVersion: v2\n    description: ${"x".repeat(900)}\n    name: ${name}\n    urls:\n    - a.tgz\n    version: 1.0.0\n`.repeat(4)}`;
    const many = (from: string): string => Array.from({ length: 400 }, (__, i) => other(`${from}-${i}`)).join("");
    const large = written
      .replace("  shop:\n", `${many("a")}  shop:\n`)
      .replace(/^generated:/mu, `${many("z")}generated:`);
    expect(large.length).toBeGreaterThan(2 * 1024 * 1024);
    const { url } = await serve(index(large));
    expect((await pull(one.server, { url })).body.release?.version).toBe("2.0.0");
    expect((await pull(one.server, { url, chart: "nothing" })).body.code).toBe("not_found");
  });
});

test("a certificate that nobody vouches for is refused, and so is loopback for a server that others can reach", async () => {
  const one = await start({ KEYROLL_HELM: helm4, KEYROLL_LISTEN: "0.0.0.0:0" });
  try {
    const tls = await serve(() => null, true);
    const plain = await serve();
    const refused = await pull(one.server, { url: plain.url });
    expect(refused.body).toMatchObject({ code: "invalid", changed: false });
    expect(refused.body.detail).toContain("is this machine itself");
    const oci = await pull(one.server, { url: plain.url.replace("http:", "oci:") });
    expect(oci.body.detail).toContain("is this machine itself");
    expect(plain.asked).toEqual([]);
    const allowed = await start({
      KEYROLL_HELM: helm4,
      KEYROLL_LISTEN: "0.0.0.0:0",
      KEYROLL_EGRESS_ALLOW: "127.0.0.1",
    });
    const distrusted = await pull(allowed.server, { url: tls.url });
    expect(distrusted.body).toMatchObject({ code: "provider_unreachable", changed: false });
    expect(distrusted.body.detail).toContain("SELF_SIGNED");
    await stop(allowed);
  } finally {
    await stop(one);
  }
});
