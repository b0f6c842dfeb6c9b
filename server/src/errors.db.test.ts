import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorTable, type ErrorCode } from "@keyroll/contract/errors";
import { placesOf } from "../../e2e/harness/canary.ts";
import { alter, setUp, type Person } from "../../e2e/harness/person.ts";
import {
  ask,
  bootstrapToken,
  makeHome,
  startServer,
  type Home,
  type Reply,
  type TestServer,
} from "../../e2e/harness/server.ts";

/** Every error that a client can bring about, each with a value in its request: the answer and the log hold none of it. */

const canary = "cAnary/4f7a+value=";
const dev = "/apps/shop/environments/dev";
const live = "/apps/shop/environments/live";

const homes: Home[] = [];
const ended: string[] = [];
let server: TestServer;
/** A server on old data: its key is gone, a table is gone, and Ada signed in 16 minutes ago. */
let damaged: TestServer;
let ada: Person;
let repository: Server;
/** Whether a pull waits for the repository, and until when. */
const [isHeld, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

const settings = { KEYROLL_LOG_LEVEL: "debug", KEYROLL_HELM: "/nowhere/helm" };

const furnish = async (on: TestServer): Promise<void> => {
  await ask(on, "POST /apps", { body: { name: "shop" } });
  await ask(on, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  for (const [name, kind] of [
    ["dev", "sandbox"],
    ["live", "production"],
  ]) {
    await ask(on, "POST /apps/shop/environments", { body: { name, connection: "here", kind } });
    await ask(on, `PATCH /apps/shop/environments/${name}/secrets`, {
      ifMatch: 0,
      body: { set: { A: canary, B: "b" } },
    });
  }
};

const stopDamaged = async (): Promise<void> => {
  await damaged.stop();
  ended.push(damaged.output());
};

beforeAll(async () => {
  homes.push(await makeHome(), await makeHome());
  const [home, old] = homes as [Home, Home];
  server = await startServer({ ...home, env: settings });
  await furnish(server);
  damaged = await startServer({ ...old, env: settings });
  await furnish(damaged);
  ada = await setUp(damaged);
  await stopDamaged();
  await alter(old, `update sessions set created_at = created_at - ${16 * 60_000}`);
  await alter(old, "drop table helm_values");
  await rename(join(old.dataDir, "master.key"), join(old.dataDir, "kept.key"));
  damaged = await startServer({ ...old, env: settings });
  repository = createServer(({ url }, response) => {
    const [, status] = url?.split("/") ?? [];
    const end = (): void => {
      response.statusCode = status === "held" ? 404 : Number(status);
      response.end(canary);
    };
    if (status !== "held") end();
    else {
      isHeld.resolve();
      void letGo.promise.then(end);
    }
  });
  await new Promise<void>((resolve) => {
    repository.listen(0, "127.0.0.1", resolve);
  });
}, 120_000);

afterAll(async () => {
  await server.stop();
  await damaged.stop();
  repository.close();
  await Promise.all(homes.map(async (home) => await home.remove()));
});

const save = async (at: string, body: object, ifMatch = 1): Promise<Reply> =>
  await ask(server, `PATCH ${at}/secrets`, { ifMatch, body });
const set = { NEW: canary };
const pull = async (url: string, headers = {}): Promise<Reply> => {
  const reference = { url, chart: "shop", username: "reader", password: canary };
  return await ask(server, "POST /apps/shop/releases", { body: { reference }, headers });
};
const answering = async (status: number | "held", headers = {}): Promise<Reply> =>
  await pull(`http://127.0.0.1:${(repository.address() as AddressInfo).port}/${status}`, headers);
const old = async (what: string, body: unknown, more: object = {}): Promise<Reply> =>
  await ask(damaged, what, { body, ...more });
/** As Ada, whose cookie outlived the restart. */
const asAda = async (what: string, body: unknown): Promise<Reply> =>
  await old(what, body, { token: null, headers: { cookie: ada.cookie } });
/** `fetch` does not let a Host header be chosen. */
const askForHost = async (host: string): Promise<Reply> =>
  await new Promise((resolve, reject) => {
    const sent = request(`${server.url}/api/v1${dev}/secrets`, { method: "PATCH", headers: { host } }, (answer) => {
      let text = "";
      answer.on("data", (part: Buffer) => {
        text += part.toString("utf8");
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text), etag: null, headers: new Headers() }),
      );
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ set }));
  });
const twice = async (call: () => Promise<Reply>, times = 2): Promise<Reply> => {
  let reply = await call();
  for (let i = 1; i < times; i++) reply = await call();
  return reply;
};

const provocations: Partial<Record<ErrorCode, () => Promise<Reply>>> = {
  bad_request: async () => await ask(server, `PATCH ${dev}/secrets`, { ifMatch: 1, body: `{"set":{"NEW":"${canary}"` }),
  invalid: async () => await save(dev, { set: { ...set, "bad key": canary }, unknown: canary }),
  limit_exceeded: async () =>
    await save(dev, { set: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`K${i}`, canary])) }),
  confirmation_required: async () => await save(dev, { set: { PATH: canary } }),
  body_too_large: async () => await save(dev, { set: { NEW: canary.repeat(200_000) } }),
  unsupported_media_type: async () =>
    await ask(server, `PATCH ${dev}/secrets`, { ifMatch: 1, body: { set }, headers: { "content-type": "text/plain" } }),
  not_signed_in: async () =>
    await ask(server, `PATCH ${dev}/secrets`, { ifMatch: 1, body: { set }, token: `krl_${canary}` }),
  wrong_credentials: async () =>
    await ask(server, "POST /login", { token: null, body: { name: "ada", password: canary } }),
  not_allowed: async () => await ask(server, "POST /device/confirm", { body: { userCode: canary, allow: true } }),
  reauth_required: async () => await asAda(`POST ${live}/secrets/A/reveal`, { reason: canary }),
  cross_site: async () =>
    await ask(server, `PATCH ${dev}/secrets`, {
      ifMatch: 1,
      body: { set },
      headers: { origin: "https://example.com" },
    }),
  unknown_host: async () => await askForHost("example.com"),
  not_found: async () => await ask(server, `POST ${dev}/secrets/MISSING/reveal`, { body: { reason: canary } }),
  not_deployed: async () => await ask(server, `POST ${dev}/bundle`, { body: { of: "deployed" } }),
  revision_gone: async () =>
    await ask(server, `POST ${dev}/secrets/A/reveal`, { body: { revision: 99, reason: canary } }),
  method_not_allowed: async () => await ask(server, `PUT ${dev}/secrets`, { body: { set } }),
  already_exists: async () => await ask(server, "POST /apps", { body: { name: "shop", title: canary } }),
  in_use: async () => await ask(server, "DELETE /connections/here", { body: { note: canary } }),
  precondition_required: async () => await ask(server, `PATCH ${dev}/secrets`, { body: { set } }),
  revision_conflict: async () => await save(dev, { set: { A: canary } }, 0),
  deployment_running: async () => {
    const instance = { host: canary, pid: 1, startedAt: null, revision: 0, keys: "all", state: "running" };
    await ask(server, `PUT ${live}/instances/one`, { body: instance });
    return await twice(async () => await ask(server, `POST ${live}/deployments`, { body: {} }));
  },
  idempotency_mismatch: async () => {
    const headers = { "idempotency-key": "a-key-of-this-test" };
    const first = answering("held", headers);
    await isHeld.promise;
    const second = await answering("held", headers);
    letGo.resolve();
    await first;
    return second;
  },
  sealed: async () => await old(`PATCH ${dev}/secrets`, { set }, { ifMatch: 1 }),
  rate_limited: async () =>
    await twice(
      async () => await ask(server, "POST /login", { token: null, body: { name: "eve", password: canary } }),
      11,
    ),
  provider_throttled: async () => await answering(429),
  provider_denied: async () => await answering(401),
  provider_unreachable: async () => await pull("http://127.0.0.1:4"),
  integrity: async () => {
    const { dataDir, ...home } = homes[1] as Home;
    await stopDamaged();
    await rm(join(dataDir, "master.key"), { force: true });
    await writeFile(join(dataDir, "master.key"), randomBytes(32).toString("base64"), { mode: 0o400 });
    damaged = await startServer({ ...home, dataDir, env: settings });
    return await old(`PATCH ${dev}/secrets`, { set }, { ifMatch: 1 });
  },
  unavailable: async () => {
    const files = [{ path: "Chart.yaml", content: Buffer.from(`name: ${canary}`).toString("base64") }];
    return await ask(server, "POST /apps/shop/releases", { body: { files } });
  },
  internal: async () => await old(`PUT ${dev}/values`, { text: `password: ${canary}` }, { ifMatch: 0 }),
};

/** Never the answer to a request, or not without a cloud or a crash; where they are tested instead. */
const elsewhere: Partial<Record<ErrorCode, string>> = {
  preflight_failed: "ends a deployment: e2e/cluster/deploy.test.ts",
  deployment_failed: "ends a deployment: e2e/cluster/deploy.test.ts",
  foreign_secret: "needs a cluster: e2e/cluster/kinds.test.ts",
  indeterminate: "needs a store that loses its answer: conformance/",
  cancelled: "needs a save that lasts: server/src/aws-ssm.conformance.test.ts",
  lease_lost: "needs a second worker: server/src/recover.db.test.ts",
  drift: "needs a cluster that others change: e2e/cluster/drift.test.ts",
};

test("every code of the table is provoked here, or says where it is", () => {
  const known = [...Object.keys(provocations), ...Object.keys(elsewhere)];
  expect(known.toSorted()).toEqual(Object.keys(errorTable).toSorted());
});

test.each(Object.entries(provocations))(
  "%s holds nothing of the request",
  { timeout: 60_000 },
  async (code, provoke) => {
    const { status, body } = await provoke();
    expect([body.code, body.status, status]).toEqual([code, status, errorTable[code as ErrorCode].status]);
    expect(body.next.length).toBeGreaterThan(5);
    expect(placesOf(canary, new Map([["answer", JSON.stringify(body)]]))).toEqual([]);
  },
);

test("a body that is too large is answered also when its length is not said, and the next request is not harmed", async () => {
  for (let i = 0; i < 5; i++) {
    let left = 60;
    const body = new ReadableStream({
      pull: (stream) => {
        if (left-- > 0) stream.enqueue(new TextEncoder().encode(canary.repeat(4000)));
        else stream.close();
      },
    });
    // What Node wants for a stream, and browsers do not know.
    const streamed = { body, duplex: "half" };
    const answer = await fetch(`${server.url}/api/v1${dev}/secrets`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${bootstrapToken}`, "content-type": "application/json", "if-match": '"1"' },
      ...streamed,
    });
    expect(await answer.json()).toMatchObject({ code: "body_too_large", changed: false });
    expect((await ask(server, `GET ${dev}/secrets`)).status).toBe(200);
    expect((await provocations.body_too_large?.())?.status).toBe(413);
    expect((await ask(server, `GET ${dev}/secrets`)).status).toBe(200);
  }
});

test("a field that is not known is named as the field, each with a problem of its own; a body of another kind is called that", async () => {
  const unknown = await ask(server, "POST /tokens", { body: { name: "ci", grants: [], role: "owner" } });
  expect(unknown.body).toMatchObject({ code: "invalid", field: "grants", detail: "`grants`: unknown field." });
  expect(unknown.body.problems.map(({ field }: any) => field)).toEqual(["grants", "role"]);
  const other = await ask(server, "POST /tokens", { body: [] });
  expect(other.body).toMatchObject({ code: "invalid", detail: expect.stringMatching(/^The body: /u) });
});

test("the logs of all of this hold nothing of the requests either", () => {
  const logs = new Map([server.output(), damaged.output(), ...ended].map((text, i) => [`log ${i}`, text]));
  expect([...logs.values()].join("")).toContain("unexpected error");
  // Who was turned away is told, without what was asked.
  for (const code of ["not_signed_in", "wrong_credentials", "not_allowed", "cross_site", "rate_limited"])
    expect(server.output() + damaged.output()).toContain(`"code":"${code}","msg":"refused"`);
  expect(placesOf(canary, logs)).toEqual([]);
});
