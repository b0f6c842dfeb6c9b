import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { filesBelow, placesOf, processTree } from "../harness/canary.ts";
import { makeEcrSite, names, type EcrServer, type EcrSite } from "../harness/ecr-site.ts";
import { ownKeys } from "../harness/ecr.ts";
import { allows } from "../harness/iam.ts";
import { ask, until, type Reply, type TestServer } from "../harness/server.ts";
import { makeShell } from "../harness/transcript.ts";

/** Charts of a registry of ECR, pulled by a real server with a real Helm. */

const { account, host, foreign, plain, repository, role, reader } = names;
const helm4 = process.env["KEYROLL_HELM"] ?? "helm";

let site: EcrSite;
let service: EcrSite["service"];
let registry: EcrSite["registry"];

beforeAll(async () => {
  site = await makeEcrSite();
  ({ service, registry } = site);
}, 60_000);
afterAll(() => site?.stop());
beforeEach(async () => await site.reset());

const pull = async (server: TestServer, reference: object = {}): Promise<Reply> =>
  await ask(server, "POST /apps/shop/releases", {
    body: { reference: { url: `oci://${host}/${repository}`, connection: "ecr", ...reference } },
  });
/** Users and passwords that came to the registry. */
const passwords = (): string[] => [...new Set(registry.pulled.flatMap(({ as }) => as ?? []))];

/** What ECR asks IAM for, by what is asked of the registry. */
const rightOf = (path: string): string =>
  path.includes("/manifests/") ? "BatchGetImage" : path.includes("/blobs/") ? "GetDownloadUrlForLayer" : "ListImages";

describe.each([
  ["Helm 4", helm4],
  ["Helm 3", process.env["KEYROLL_HELM3"] ?? ""],
])("%s", (_, helm) => {
  let one: EcrServer;
  beforeAll(async () => {
    one = await site.start(helm);
  });
  afterAll(async () => await one.stop());

  test("a connection's role signs in, with one token for many pulls, and the token lies nowhere", async () => {
    const first = await pull(one.server, { version: "1.2.0" });
    expect([first.status, first.body.release?.version]).toEqual([201, "1.2.0"]);
    expect(service.asked).toEqual([{ accessKey: expect.stringMatching(/^ASIA/u), region: "eu-west-1" }]);
    for (const [version, chosen] of [
      [undefined, "2.0.0"],
      ["^1.2.0", "1.10.0"],
    ]) {
      const pulled = await pull(one.server, version === undefined ? {} : { version });
      expect([pulled.status, pulled.body.release?.version]).toEqual([201, chosen]);
    }
    expect(service.asked.length).toBe(1);
    const token = service.tokens.at(-1) ?? "";
    expect(passwords()).toEqual([`AWS:${token}`]);
    const audit = await ask(one.server, "GET /audit");
    expect(audit.body.items.find(({ action }: any) => action === "releases.push").details.connection).toBe("ecr");
    const places = new Map<string, Uint8Array | string>([
      ...filesBelow(one.home.dataDir),
      ["output", one.server.output()],
      ["answers", JSON.stringify([first.body, audit.body])],
    ]);
    for (const canary of [token, Buffer.from(`AWS:${token}`).toString("base64"), ownKeys.AWS_SECRET_ACCESS_KEY])
      expect(placesOf(canary, places)).toEqual([]);
    expect([...filesBelow(one.home.dataDir).keys()].filter((path) => /registry\.json/u.test(path))).toEqual([]);
  });

  test("every request is one that the printed policy allows, and each of its rights is used", async () => {
    await pull(one.server);
    const { items } = (await ask(one.server, "GET /connections/ecr/policies")).body;
    const { document } = items.find(({ name }: any) => name === "charts");
    const used = registry.pulled
      .filter(({ path, as }) => as !== null && path !== "/v2/")
      .map(({ path }) => rightOf(path));
    const resource = `arn:aws:ecr:eu-west-1:${account}:repository/${repository}`;
    expect(used.every((right) => allows(document, { action: `ecr:${right}`, resource }))).toBe(true);
    expect([...new Set(used)].toSorted()).toEqual(["BatchGetImage", "GetDownloadUrlForLayer", "ListImages"]);
  });

  test("a token that the registry has ended is replaced once, at once", async () => {
    await pull(one.server);
    service.asked.length = 0;
    site.endToken();
    expect((await pull(one.server)).status).toBe(201);
    expect(service.asked.length).toBe(1);
    // A new one that is refused too says what it is about.
    registry.closes(true);
    for (const asked of [2, 3]) {
      const refused = await pull(one.server);
      expect(refused.body).toMatchObject({ code: "provider_denied", field: "reference.url", changed: false });
      expect(refused.body.next).toContain(
        `Give ${role} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer (without an exact version also ecr:ListImages) on arn:aws:ecr:eu-west-1:${account}:repository/${repository}.`,
      );
      expect(service.asked.length).toBe(asked);
    }
  });

  test("a token near its end is not used again", async () => {
    site.endToken();
    service.lasts(20 * 60);
    for (const asked of [1, 2]) {
      expect((await pull(one.server)).status).toBe(201);
      if (asked === 1) service.asked.length = 0;
    }
    expect(service.asked.length).toBe(1);
  });

  test("a user name and password win: AWS is asked for nothing", async () => {
    const [username, password] = reader.split(":");
    expect((await pull(one.server, { username, password })).status).toBe(201);
    expect([service.asked, passwords()]).toEqual([[], [reader]]);
    const refused = await pull(one.server, { username, password: "wrong", connection: undefined });
    expect(refused.body).toMatchObject({ code: "provider_denied", changed: false });
    expect(service.asked).toEqual([]);
  });

  test("a registry elsewhere takes a user name and password, and says when it misses them", async () => {
    const [username, password] = reader.split(":");
    const reference = { url: `oci://${plain}/${repository}`, connection: undefined };
    expect((await pull(one.server, { ...reference, username, password })).status).toBe(201);
    const refused = await pull(one.server, reference);
    expect(refused.body).toMatchObject({ code: "provider_denied", field: "reference.url", changed: false });
    expect(refused.body.next).toContain("Give a user name and password");
    expect(service.asked).toEqual([]);
  });

  test("without a connection the server signs in as itself, and is refused what is not there", async () => {
    expect((await pull(one.server, { connection: undefined })).status).toBe(201);
    expect(service.asked).toEqual([{ accessKey: ownKeys.AWS_ACCESS_KEY_ID, region: "eu-west-1" }]);
    const missing = await pull(one.server, { connection: undefined, url: `oci://${host}/charts/shap` });
    expect(missing.body).toMatchObject({ code: "not_found", changed: false });
  });
});

describe("a pull that is refused", () => {
  let one: EcrServer;
  beforeAll(async () => {
    one = await site.start(helm4);
  });
  afterAll(async () => await one.stop());

  test("because nobody is signed in uses no role; who used one is in the audit, also for a chart that was there", async () => {
    const { server } = one;
    const made = await ask(server, "POST /tokens", { body: { name: "pipeline" } });
    const token = made.body.text;
    const pullAs = async (as: string | null): Promise<Reply> =>
      await ask(server, "POST /apps/shop/releases", {
        token: as,
        body: { reference: { url: `oci://${host}/${repository}`, version: "1.2.0", connection: "ecr" } },
      });
    const entries = async () =>
      (await ask(server, "GET /audit?action=releases.push")).body.items.map(({ actor, details }: any) => [
        actor.name,
        details.connection,
        details.version,
        details.known ?? false,
      ]);
    for (const as of [null, `${token}x`]) expect((await pullAs(as)).body).toMatchObject({ code: "not_signed_in" });
    expect([service.asked, registry.pulled, await entries()]).toEqual([[], [], []]);
    expect((await pullAs(token)).body).toMatchObject({ created: true });
    expect((await pullAs(token)).body).toMatchObject({ created: false });
    const whole = [
      [expect.stringContaining("pipeline"), "ecr", "1.2.0", true],
      [expect.stringContaining("pipeline"), "ecr", "1.2.0", false],
    ];
    expect(await entries()).toEqual(whole);
    await ask(server, `DELETE /tokens/${made.body.token.id}`);
    const before = registry.pulled.length;
    expect((await pullAs(token)).body).toMatchObject({ code: "not_signed_in" });
    expect([registry.pulled.length, await entries()]).toEqual([before, whole]);
  });

  test("by the registry of another account names both accounts", async () => {
    registry.closes(true);
    const { body } = await pull(one.server, { url: `oci://${foreign}/${repository}` });
    expect(body).toMatchObject({
      code: "provider_denied",
      detail: expect.stringContaining(`another account than ${account}`),
    });
    expect(body.next).toMatch(
      /ecr:eu-west-1:310987654321:repository\/charts\/shop, and let the repository's own policy name/u,
    );
  });

  test("by AWS at the sign-in names the right", async () => {
    service.refuses(400, { __type: "AccessDeniedException", message: "canary-of-aws" });
    const { body } = await pull(one.server, { connection: undefined });
    expect(body).toMatchObject({ code: "provider_denied", field: "reference.url", changed: false });
    expect(body.next).toContain("Give the server's own role or user the right ecr:GetAuthorizationToken on *");
    expect(registry.pulled).toEqual([]);
  });

  test.each([
    ["stranger", "provider_denied", /external ID another/u],
    ["nobody", "not_found", /lists show/u],
    ["here", "invalid", /whose store is in AWS/u],
    ["china", "invalid", /into the registry's partition/u],
  ])("by the connection %s", async (connection, code, next) => {
    const { body } = await pull(one.server, { connection });
    expect(body).toMatchObject({ code, next: expect.stringMatching(next) });
    expect([service.asked, registry.pulled]).toEqual([[], []]);
  });

  test.each(["oci://localhost/charts/shop", "https://charts.example.com", `oci://${host}:8443/${repository}`])(
    "because a connection is given for %s",
    async (url) => {
      const { body } = await pull(one.server, { url, chart: "shop" });
      expect(body).toMatchObject({ code: "invalid", field: "reference.connection", changed: false });
      expect([service.asked, registry.pulled]).toEqual([[], []]);
    },
  );

  test("because the server has no credentials", async () => {
    const poor = await site.start(helm4, {});
    const { body } = await pull(poor.server, { connection: undefined });
    expect(body).toMatchObject({ code: "provider_denied", next: expect.stringContaining("AWS_ACCESS_KEY_ID") });
    const byRole = await pull(poor.server);
    expect(byRole.body.detail).toContain("the server's own AWS credentials are missing");
    await poor.stop();
  });
});

test("the command line pulls by a connection", async () => {
  const one = await site.start(helm4);
  const shell = await makeShell({ url: one.server.url, env: { KEYROLL_APP: "shop" } });
  const said = await shell.run(
    `keyroll release push oci://${host}/${repository} --chart-version 1.10.0 --connection ecr`,
  );
  expect(said).toMatch(/^Pushed shop 1\.10\.0/u);
  await shell.remove();
  await one.stop();
});

test("a server that dies in a pull leaves no token behind, and none is on a command line meanwhile", async () => {
  const one = await site.start(helm4);
  const holding = registry.hold();
  const pulling = pull(one.server).catch(() => null);
  await holding;
  registry.release();
  const token = service.tokens.at(-1) ?? "";
  expect(placesOf(token, processTree(one.server.pid))).toEqual([]);
  const auth = Buffer.from(`AWS:${token}`).toString("base64");
  const withToken = () => placesOf(auth, filesBelow(one.home.dataDir));
  expect(withToken()).toEqual([expect.stringMatching(/work\/helm-\w+\/registry\.json$/u)]);
  await one.server.kill();
  await pulling;
  await until(
    async () => await Promise.resolve(withToken()),
    (found) => found.length === 0,
  );
  await one.home.remove();
});
