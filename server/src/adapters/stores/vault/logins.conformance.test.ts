import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commit, committed, newScope, set } from "../../../../../conformance/store-world.ts";
import { filesBelow, placesOf } from "../../../../../e2e/harness/canary.ts";
import { claimsOf, signer, startTokenReview, type ServiceAccount } from "../../../../../e2e/harness/identity.ts";
import {
  administer,
  administrator,
  errorOf,
  hostWith,
  openBao,
  openVault,
} from "../../../../../e2e/harness/openbao.ts";
import { ask, askToTheEnd, makeHome, startServer } from "../../../../../e2e/harness/server.ts";
import type { KeyrollError } from "@keyroll/contract/errors";
import { vault } from "../vault.ts";
import { clientOf } from "./client.ts";
import { settings as schema } from "./settings.ts";

const { memory } = openBao();
const name = `login-${randomBytes(4).toString("hex")}`;
const jwtMount = `jwt-${name}`;
const kubernetesMount = `kubernetes-${name}`;
const issuer = signer("rsa");
const cluster = signer("ec");
const stranger = signer("ec");
const account: ServiceAccount = { namespace: "keyroll", name: "keyroll", uid: "8d1c4f4e-1d8c-4a52-9d37-6c4b8a1f0c11" };
/** What the cluster knows: a token that is over is not among them. */
const known = new Map<string, ServiceAccount>();
let api: Awaited<ReturnType<typeof startTokenReview>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyroll-login-"));
  api = await startTokenReview(known);
  const rights = ["data", "metadata", "delete", "destroy"].map(
    (part) => `path "secret/${part}/${name}/*" { capabilities = ["create", "update", "read", "list", "delete"] }`,
  );
  await administer(memory, `POST sys/policies/acl/${name}`, { policy: rights.join("\n") });
  await administer(memory, `POST sys/auth/${jwtMount}`, { type: "jwt" });
  await administer(memory, `POST auth/${jwtMount}/config`, { jwt_validation_pubkeys: [issuer.publicKey] });
  await administer(memory, `POST auth/${jwtMount}/role/keyroll`, {
    role_type: "jwt",
    bound_audiences: ["vault"],
    bound_subject: "keyroll",
    user_claim: "sub",
    token_policies: [name],
    token_ttl: "60s",
  });
  await administer(memory, `POST sys/auth/${kubernetesMount}`, { type: "kubernetes" });
  await administer(memory, `POST auth/${kubernetesMount}/config`, {
    kubernetes_host: api.url,
    disable_local_ca_jwt: true,
    // Asked for, and not used for an address of plain http.
    kubernetes_ca_cert: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    token_reviewer_jwt: "the-reviewer",
  });
  await administer(memory, `POST auth/${kubernetesMount}/role/keyroll`, {
    bound_service_account_names: [account.name],
    bound_service_account_namespaces: [account.namespace],
    token_policies: [name],
    token_ttl: "60s",
  });
});
afterAll(async () => {
  await administer(memory, `DELETE sys/auth/${jwtMount}`);
  await administer(memory, `DELETE sys/auth/${kubernetesMount}`);
  await administer(memory, `DELETE sys/policies/acl/${name}`);
  api.stop();
  await rm(folder, { recursive: true, force: true });
});

const forJwt = { sub: "keyroll", aud: "vault" };
const ofCluster = (who = account, seconds = 300): string => {
  const token = cluster.token(claimsOf(who), seconds);
  if (seconds > 0) known.set(token, who);
  return token;
};

/** One method with a token file of its own; `write` puts a token there as what keeps it new does. */
const methods = {
  jwt: {
    given: { auth: "jwt", authMount: jwtMount, role: "keyroll", prefix: name },
    variable: "KEYROLL_VAULT_JWT_FILE",
    good: () => issuer.token(forJwt),
    over: () => issuer.token(forJwt, -400),
    other: () => issuer.token({ ...forJwt, sub: "somebody" }),
  },
  kubernetes: {
    given: { auth: "kubernetes", authMount: kubernetesMount, role: "keyroll", prefix: name },
    variable: "KEYROLL_VAULT_KUBERNETES_TOKEN_FILE",
    good: () => ofCluster(),
    over: () => ofCluster(account, -400),
    other: () => ofCluster({ namespace: "shop", name: "default", uid: "1" }),
  },
} as const;
const both = ["jwt", "kubernetes"] as const;
let files = 0;
const fileWith = async (text: string): Promise<string> => {
  const file = join(folder, `token-${(files += 1)}`);
  await writeFile(file, `${text}\n`);
  return file;
};
const worldOf = async (method: (typeof both)[number], text: string, given: object = {}) => {
  const { variable, given: usual } = methods[method];
  const file = await fileWith(text);
  let ahead = 0;
  const machine = administrator(memory).clock;
  const host = hostWith(
    { VAULT_ADDR: memory, [variable]: file },
    { clock: { ...machine, now: () => machine.now() + ahead } },
  );
  const all = { address: memory, ...usual, ...given };
  return {
    file,
    host,
    settings: schema.parse(all),
    open: () => openVault(newScope(), host, all),
    pass: (ms: number) => (ahead += ms),
  };
};

test.each(both)(
  "%s: signs in with the token of the file, and anew before its session ends or when it was revoked",
  async (method) => {
    const { good, over } = methods[method];
    const { file, host, settings, open, pass } = await worldOf(method, good());
    const sessionOf = async (): Promise<string> => (await clientOf(settings, host).signIn()).token;
    const store = open();
    await Promise.all([committed(store, 0, [set("A", "1")]), store.revisions({ limit: 1 })]);
    const first = await sessionOf();
    // A session is good for a minute; the token of the file is not looked at before.
    await writeFile(file, over());
    await committed(store, 1, [set("A", "2")]);
    expect(await sessionOf()).toBe(first);
    // The cluster forgets a token that it has replaced.
    known.clear();
    await writeFile(file, good());
    pass(55_000);
    await committed(store, 2, [set("A", "3")]);
    const second = await sessionOf();
    expect(second).not.toBe(first);
    await administer(memory, "POST auth/token/revoke", { token: second });
    await committed(store, 3, [set("A", "4")]);
    expect(await sessionOf()).not.toBe(second);
    expect((await vault.check(settings, host)).filter(({ ok }) => !ok)).toEqual([]);
  },
);

/** A refusal that says enough, and nothing of the token. */
const refusalOf = async (method: (typeof both)[number], text: string, given: object = {}): Promise<KeyrollError> => {
  const { open, settings, host, file } = await worldOf(method, text, given);
  const error = await errorOf(commit(open(), 0, [set("A", "1")]));
  expect([error.code, error.facts.changed]).toEqual(["provider_denied", false]);
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(text.split(".")[2] || "no signature");
  expect(error.message).toContain(file);
  const login = (await vault.check(settings, host)).find(({ id }) => id === "login");
  expect(login).toMatchObject({ ok: false, message: error.message, next: error.next });
  return error;
};

test.each(both)("%s: a wrong role, a token that is over and one for somebody else are told apart", async (method) => {
  const { good, over, other } = methods[method];
  const role = await refusalOf(method, good(), { role: "nobody" });
  expect(role.message).toContain("as `nobody`");
  expect(role.message).toContain("there is no such role");
  expect(role.next).toContain("`role`");
  const late = await refusalOf(method, over());
  expect(late.message).toContain("the token has expired");
  expect(late.next).toContain("goes on doing so");
  expect((await refusalOf(method, other())).message).toContain("the role does not admit whoever the token is for");
});

test("jwt: another audience and an unknown key are named; without a role the mount's default one counts", async () => {
  expect((await refusalOf("jwt", issuer.token({ ...forJwt, aud: "sts" }))).message).toContain("another audience");
  expect((await refusalOf("jwt", stranger.token(forJwt))).message).toContain("not signed by a key that it trusts");
  const without = await refusalOf("jwt", issuer.token(forJwt), { role: undefined });
  expect(without.message).toContain("there is no such role");
  const config = { jwt_validation_pubkeys: [issuer.publicKey] };
  await administer(memory, `POST auth/${jwtMount}/config`, { ...config, default_role: "keyroll" });
  const { open } = await worldOf("jwt", issuer.token(forJwt), { role: undefined });
  await committed(open(), 0, [set("A", "1")]);
  await administer(memory, `POST auth/${jwtMount}/config`, { ...config, default_role: "" });
});

test("kubernetes: a token that the cluster does not know is refused, and the cluster was asked", async () => {
  const before = api.reviews.length;
  await refusalOf("kubernetes", stranger.token(claimsOf(account)));
  expect(api.reviews.slice(before)).toContain("POST /apis/authentication.k8s.io/v1/tokenreviews");
});

test.each(both)("%s: a mount that is not there is refused with the settings to look at", async (method) => {
  const error = await refusalOf(method, methods[method].good(), { authMount: `no-${name}` });
  expect(error.message).toContain(`auth/no-${name}/login`);
  expect(error.next).toContain("`authMount`");
});

test.each(both)(
  "%s: a file that is not there, is a folder, is empty or holds something else is named, and nothing is sent",
  async (method) => {
    const { variable, given } = methods[method];
    const cases: readonly (readonly [file: string, what: string])[] = [
      [join(folder, "not-there"), "does not exist"],
      [folder, "cannot be read (EISDIR)"],
      [await fileWith(""), "does not hold one signed token"],
      [await fileWith("canary-password"), "does not hold one signed token"],
      [await fileWith(`${issuer.token(forJwt)}\n${issuer.token(forJwt)}`), "does not hold one signed token"],
    ];
    for (const [file, what] of cases) {
      const error = await errorOf(
        openVault(newScope(), hostWith({ VAULT_ADDR: memory, [variable]: file }), given).manifest(),
      );
      expect([error.code, error.message.includes(what), error.message.includes(file)], file).toEqual([
        "provider_denied",
        true,
        true,
      ]);
      expect(error.next).toContain(variable);
      expect(inspect(error, { depth: Infinity })).not.toContain("canary-password");
    }
  },
);

test("without its variable jwt says which; kubernetes looks where a pod has its token", async () => {
  const host = () => hostWith({ VAULT_ADDR: memory });
  expect((await errorOf(openVault(newScope(), host(), methods.jwt.given).manifest())).message).toContain(
    "KEYROLL_VAULT_JWT_FILE",
  );
  expect((await errorOf(openVault(newScope(), host(), methods.kubernetes.given).manifest())).message).toContain(
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
  );
});

test("kubernetes needs a role, and a role belongs to the two that sign in as one", () => {
  const wrong = (given: object): string =>
    schema
      .safeParse({ address: memory, ...given })
      .error?.issues.map(({ path }) => path.join("."))
      .join() ?? "fine";
  expect(wrong({ auth: "kubernetes" })).toBe("role");
  expect(wrong({ auth: "approle", role: "keyroll" })).toBe("role");
  expect(wrong({ role: "keyroll" })).toBe("role");
  expect(wrong({ auth: "jwt", role: "a/b" })).toBe("role");
  expect(wrong({ auth: "jwt" })).toBe("fine");
});

test("a server signs in so: its variable names the file, and the token is written nowhere", async () => {
  const home = await makeHome();
  const token = issuer.token(forJwt);
  const server = await startServer({
    ...home,
    env: { VAULT_ADDR: memory, KEYROLL_VAULT_JWT_FILE: await fileWith(token) },
  });
  try {
    const store = (given: object) => ({ kind: "vault", settings: { address: memory, ...methods.jwt.given, ...given } });
    const body = { name: "bao", cluster: { kind: "process" }, store: store({ auth: "kubernetes", role: undefined }) };
    expect((await ask(server, "POST /connections", { body })).body).toMatchObject({ field: "store.settings.role" });
    await ask(server, "POST /connections", { body: { ...body, store: store({}) } });
    const checked = await ask(server, "POST /connections/bao/check", { body: {} });
    expect(checked.body).toMatchObject({ ok: true });
    await ask(server, "POST /apps", { body: { name: "shop" } });
    await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "bao", kind: "sandbox" } });
    const saved = await askToTheEnd(server, "PATCH /apps/shop/environments/dev/secrets", {
      ifMatch: 0,
      body: { set: { A: "1" } },
    });
    expect(saved.body).toMatchObject({ revision: 1, verified: true });
    const places = new Map<string, Uint8Array | string>([
      ...filesBelow(home.dataDir),
      ["output", server.output()],
      ["check", JSON.stringify(checked.body)],
    ]);
    expect(placesOf(token.split(".")[2]!, places)).toEqual([]);
  } finally {
    await server.stop();
    await home.remove();
  }
});
