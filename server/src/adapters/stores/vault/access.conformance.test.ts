import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { commit, committed, newScope, set } from "../../../../../conformance/store-world.ts";
import {
  administer,
  administrator,
  errorOf,
  hostWith,
  openBao,
  openVault,
} from "../../../../../e2e/harness/openbao.ts";
import { createEgress } from "../../egress/egress.ts";
import { vault } from "../vault.ts";
import { clientOf } from "./client.ts";
import { settings as schema } from "./settings.ts";

const { memory, token } = openBao();
const guide = readFileSync(new URL("../../../../../docs/stores.md", import.meta.url), "utf8");

/** A policy with these rights on the documents of a prefix of its own, and a token that has it. */
const narrow = async (rules: Readonly<Record<string, readonly string[]>>) => {
  const name = `narrow-${randomBytes(4).toString("hex")}`;
  const policy = Object.entries(rules).map(
    ([part, rights]) => `path "secret/${part}/${name}/*" { capabilities = ${JSON.stringify(rights)} }`,
  );
  await administer(memory, `POST sys/policies/acl/${name}`, { policy: policy.join("\n") });
  const { auth } = await administer(memory, "POST auth/token/create", { policies: [name], ttl: "1h" });
  return { name, token: auth.client_token as string };
};
/** What docs/stores.md asks for, by the part of the API that it is about. */
const enough: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...guide.matchAll(/^path "secret\/(\w+)\/keyroll\/\*" \{ capabilities = (\[.*\]) \}$/gmu)].map(
    ([, part, rights]) => [part, JSON.parse(rights ?? "")],
  ),
);

test("check tries every right of a narrow policy, names the one that is missing, and leaves nothing behind", async () => {
  const { name, token: good } = await narrow(enough);
  const settings = schema.parse({ address: memory, prefix: name });
  const host = (given: string) => hostWith({ VAULT_ADDR: memory, VAULT_TOKEN: given });
  const all = await vault.check(settings, host(good));
  expect(all.filter(({ ok }) => !ok)).toEqual([]);
  expect(all.map(({ id }) => id)).toEqual([
    "encrypted",
    "login",
    "engine",
    "versions",
    "write",
    "compare-and-swap",
    "read",
    "keep",
    "history",
    "delete",
    "destroy",
    "remove",
  ]);
  await expect(administer(memory, `GET secret/metadata/${name}/keyroll-check?list=true`)).rejects.toThrow("404");
  // The same rights are all that the store itself uses.
  const scope = newScope();
  const store = openVault(scope, host(good), { prefix: name });
  await committed(store, 0, [set("A", "1")]);
  await committed(store, 1, [set("A", "2")]);
  await store.upkeep.prune(new Set(), 1);
  await store.upkeep.destroy("soft");
  await store.upkeep.destroy("purge");
  expect(Object.keys(enough)).toEqual(["data", "metadata", "delete", "destroy"]);
  for (const missing of Object.keys(enough)) {
    const less = await narrow({ ...enough, [missing]: ["deny"] });
    const findings = await vault.check(schema.parse({ address: memory, prefix: less.name }), host(less.token));
    const failed = findings.filter(({ ok }) => !ok);
    expect(failed.length, missing).toBeGreaterThan(0);
    for (const { message, next, required } of failed) {
      expect(message, missing).toContain(`secret/${missing}/${less.name}/`);
      expect([typeof next, required]).toEqual(["string", true]);
    }
  }
  const wrong = await vault.check(schema.parse({ address: memory, mount: "cubbyhole" }), host(token));
  expect(wrong.find(({ id }) => id === "engine")).toMatchObject({ ok: false });
  const denied = await vault.check(settings, host("no-such-token"));
  expect(denied.find(({ id }) => id === "login")).toMatchObject({ ok: false });
});

test("AppRole signs in by itself, and again when its token is over or was revoked", async () => {
  const { name } = await narrow(enough);
  const mount = `approle-${name}`;
  await administer(memory, `POST sys/auth/${mount}`, { type: "approle" });
  onTestFinished(async () => void (await administer(memory, `DELETE sys/auth/${mount}`)));
  await administer(memory, `POST auth/${mount}/role/keyroll`, { token_policies: [name], token_ttl: "60s" });
  const role = await administer(memory, `GET auth/${mount}/role/keyroll/role-id`);
  const secret = await administer(memory, `POST auth/${mount}/role/keyroll/secret-id`);
  let ahead = 0;
  const machine = administrator(memory).clock;
  const clock = { ...machine, now: () => machine.now() + ahead };
  const variables = { VAULT_ADDR: memory, VAULT_ROLE_ID: role.data.role_id, VAULT_SECRET_ID: secret.data.secret_id };
  const host = hostWith(variables, { clock });
  const given = { auth: "approle", authMount: mount, prefix: name };
  const settings = schema.parse({ address: memory, ...given });
  const sessionOf = async (): Promise<string> => (await clientOf(settings, host).signIn()).token;
  const store = openVault(newScope(), host, given);
  await Promise.all([committed(store, 0, [set("A", "1")]), store.revisions({ limit: 1 })]);
  const first = await sessionOf();
  expect(await sessionOf()).toBe(first);
  await administer(memory, "POST auth/token/revoke", { token: first });
  await committed(store, 1, [set("A", "2")]);
  const second = await sessionOf();
  expect(second).not.toBe(first);
  ahead += 55_000;
  await committed(store, 2, [set("A", "3")]);
  expect(await sessionOf()).not.toBe(second);
  const bad = hostWith({ ...variables, VAULT_SECRET_ID: "not-the-secret-id" });
  const error = await errorOf(openVault(newScope(), bad, given).manifest());
  expect(error.code).toBe("provider_denied");
  expect(inspect(error, { depth: Infinity })).not.toContain("not-the-secret-id");
  expect((await errorOf(openVault(newScope(), administrator(memory), given).manifest())).message).toContain(
    "VAULT_ROLE_ID",
  );
});

test("a token that can be renewed is renewed when half its life is over", async () => {
  const { auth } = await administer(memory, "POST auth/token/create", { policies: ["root"], period: "100s" });
  const ttl = async (): Promise<number> =>
    (await administer(memory, "POST auth/token/lookup", { token: auth.client_token })).data.last_renewal_time ?? 0;
  let ahead = 0;
  const machine = administrator(memory).clock;
  const clock = { ...machine, now: () => machine.now() + ahead };
  const host = hostWith({ VAULT_ADDR: memory, VAULT_TOKEN: auth.client_token }, { clock });
  const store = openVault(newScope(), host);
  await store.manifest();
  expect(await ttl()).toBe(0);
  ahead = 51_000;
  await store.manifest();
  expect(await ttl()).toBeGreaterThan(0);
});

test("a renewal that fails is tried again long before the token is over", async () => {
  let isDown = true;
  let renewals = 0;
  const { address } = await answering((heard) => {
    if (heard.includes("lookup-self")) return [200, { data: { ttl: 100, renewable: true } }];
    if (!heard.includes("renew-self")) return [404, { errors: [] }];
    renewals += 1;
    // It can be renewed for half as long only: its end comes nearer.
    return isDown ? [503, { errors: [] }] : [200, { auth: { lease_duration: 50 } }];
  });
  let ahead = 0;
  const machine = administrator(memory).clock;
  const clock = { ...machine, now: () => machine.now() + ahead };
  const host = hostWith({ VAULT_ADDR: address, VAULT_TOKEN: token }, { clock });
  const renewalsAt = async (seconds: number): Promise<number> => {
    ahead = seconds * 1000;
    await openVault(newScope(), host, { address }).manifest();
    return renewals;
  };
  expect([await renewalsAt(0), await renewalsAt(51), await renewalsAt(53)]).toEqual([0, 1, 1]);
  isDown = false;
  expect([await renewalsAt(58), await renewalsAt(80), await renewalsAt(85)]).toEqual([2, 2, 3]);
});

test("a token that is over is called so, and no right is asked for", async () => {
  const { name, token: given } = await narrow(enough);
  const host = hostWith({ VAULT_ADDR: memory, VAULT_TOKEN: given });
  const store = openVault(newScope(), host, { prefix: name });
  await committed(store, 0, [set("A", "1")]);
  await administer(memory, "POST auth/token/revoke", { token: given });
  for (const what of [async () => await store.manifest(), async () => await commit(store, 1, [set("A", "2")])]) {
    const error = await errorOf(what());
    expect([error.code, error.message, error.next]).toEqual([
      "provider_denied",
      expect.stringContaining("VAULT_TOKEN: it is wrong, over or revoked"),
      expect.stringContaining("another VAULT_TOKEN"),
    ]);
    expect(inspect(error, { depth: Infinity })).not.toContain(given);
  }
});

test("the server's credentials go to VAULT_ADDR only, and connections only where egress allows", async () => {
  const heard: string[] = [];
  const { address } = await answering((request) => {
    heard.push(request);
    return [200, {}];
  });
  const elsewhere = await errorOf(openVault(newScope(), administrator(memory), { address }).manifest());
  expect([elsewhere.code, elsewhere.facts.field]).toEqual(["provider_denied", "store.settings.address"]);
  const unnamed = hostWith({ VAULT_TOKEN: token });
  expect((await errorOf(openVault(newScope(), unnamed).manifest())).message).toContain("VAULT_ADDR");
  for (const name of [address, address.replace("127.0.0.1", "localhost")]) {
    const egress = createEgress({ listensOnLoopback: false, allow: "" });
    const host = hostWith({ VAULT_ADDR: name, VAULT_TOKEN: token }, { egress });
    expect((await errorOf(openVault(newScope(), host, { address: name }).manifest())).code).toBe("invalid");
  }
  expect(heard).toEqual([]);
});

/** A server on loopback that answers as told; `heard` is method, path and body of a request. */
const answering = async (answer: (heard: string) => readonly [status: number, body: unknown]) => {
  const server: Server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [status, body] = answer(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
      reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

test.each([
  [307, "provider_unreachable"],
  [403, "provider_denied"],
  [405, "provider_denied"],
  [413, "limit_exceeded"],
  [429, "provider_throttled"],
  [500, "indeterminate"],
  [504, "indeterminate"],
  [503, "indeterminate"],
] as const)("a write that is answered with %i is %s, without a word of what was sent", async (status, code) => {
  const canary = "canary-in-the-body";
  const urls: string[] = [];
  const { address } = await answering((heard) => {
    const [method, url] = heard.split(" ");
    urls.push(url ?? "");
    if (url?.includes("lookup-self")) return [200, { data: { ttl: 0 } }];
    if (url?.includes("mounts")) return [200, { data: { type: "kv", options: { version: "2" } } }];
    if (method === "POST" && url?.includes("/data/")) return [status, { errors: [`refused: ${heard}`] }];
    return method === "POST" ? [204, null] : [404, { errors: [] }];
  });
  const host = hostWith({ VAULT_ADDR: address, VAULT_TOKEN: token });
  const error = await errorOf(commit(openVault(newScope(), host, { address }), 0, [set("A", canary)]));
  expect(error.code).toBe(code);
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(canary);
  expect(urls.join(" ")).not.toContain(canary);
});

test.each([
  [307, [], "provider_unreachable"],
  [403, ["permission denied"], "provider_denied"],
  [404, ["no handler for route"], "invalid"],
  [429, [], "provider_throttled"],
  [500, ["internal error"], "provider_unreachable"],
  [503, ["Vault is sealed"], "provider_unreachable"],
] as const)("a read that is answered with %i %j is %s, never null", async (status, errors, code) => {
  const { address } = await answering((heard) =>
    heard.includes("lookup-self") ? [200, { data: { ttl: 0 } }] : [status, { errors }],
  );
  const host = hostWith({ VAULT_ADDR: address, VAULT_TOKEN: token });
  expect((await errorOf(openVault(newScope(), host, { address }).manifest())).code).toBe(code);
});

test("an answer without an end is not read to it", async () => {
  const { address } = await answering((heard) =>
    heard.includes("lookup-self") ? [200, { data: { ttl: 0 } }] : [200, "x".repeat(9_000_000)],
  );
  const host = hostWith({ VAULT_ADDR: address, VAULT_TOKEN: token });
  const error = await errorOf(openVault(newScope(), host, { address }).manifest());
  expect([error.code, error.message.includes("8388608")]).toEqual(["provider_unreachable", true]);
});
