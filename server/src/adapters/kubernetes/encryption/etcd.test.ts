import { Buffer } from "node:buffer";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeAuthority, type Authority } from "../../../../../e2e/harness/certificates.ts";
import { startFakeEtcd } from "../../../../../e2e/harness/etcd.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { openEtcd, type EtcdAccess } from "./etcd.ts";

let authority: Authority;
let stranger: Authority;
let fake: Awaited<ReturnType<typeof startFakeEtcd>>;
let access: EtcdAccess;
let strange: ReturnType<Authority["sign"]>;

beforeAll(async () => {
  authority = makeAuthority();
  stranger = makeAuthority();
  strange = stranger.sign("keyroll");
  fake = await startFakeEtcd(authority);
  access = { endpoints: [fake.url], caFile: authority.caFile, ...authority.sign("keyroll") };
});
afterAll(() => {
  fake.stop();
  authority.remove();
  stranger.remove();
});
beforeEach(() => {
  fake.asked.length = 0;
});

const base64 = (value: Uint8Array | string): string => Buffer.from(value).toString("base64");
/** As etcd's gateway writes it. */
const found = (value: Uint8Array | string) => ({
  header: { cluster_id: "1", member_id: "2", revision: "93", raft_term: "3" },
  kvs: [{ key: base64("k"), create_revision: "7", mod_revision: "42", version: "3", value: base64(value), lease: "5" }],
  count: "1",
});

const read = async (own: Partial<EtcdAccess> = {}, most = 256) => {
  const etcd = await openEtcd({ ...access, ...own });
  try {
    return await etcd.read("/registry/secrets/shop/app-secrets", most);
  } finally {
    await etcd.close();
  }
};

test("exactly one key is asked for", async () => {
  fake.answers(200, found("k8s:enc:kms:v2:vault:xyz"));
  expect(await read()).toEqual({ bytes: Buffer.from("k8s:enc:kms:v2:vault:xyz"), revision: "42" });
  expect(fake.asked).toEqual([{ path: "/v3/kv/range", body: { key: base64("/registry/secrets/shop/app-secrets") } }]);
});

test("an absent key is null", async () => {
  fake.answers(200, { header: { revision: "93" } });
  expect(await read()).toBeNull();
});

test("of a large Secret only the beginning comes", async () => {
  const large = Buffer.concat([Buffer.from("k8s:enc:secretbox:v1:k1:"), Buffer.alloc(24_000_000, 0xab)]);
  fake.answers(200, found(large));
  const before = fake.sent();
  expect(await read({}, 64)).toEqual({ bytes: large.subarray(0, 64), revision: "42" });
  // Sockets hold some of it; most is never sent.
  expect(fake.sent() - before).toBeLessThan(16_000_000);
});

test.each([
  [
    "permission denied",
    403,
    { error: "etcdserver: permission denied", code: 7 },
    "provider_denied",
    "below /registry/secrets/",
  ],
  ["no user", 400, { error: "etcdserver: user name is empty", code: 3 }, "provider_denied", "knows none"],
  ["no gateway", 404, "404 page not found", "provider_denied", "--enable-grpc-gateway"],
  ["no leader", 503, { error: "etcdserver: no leader", code: 14 }, "provider_unreachable", "health"],
])("%s is told apart", async (_, status, body, code, next) => {
  fake.answers(status, body);
  const error = await errorOf(read());
  expect([error.code, error.facts.changed]).toEqual([code, false]);
  expect(`${error.message} ${error.next}`).toContain(next);
});

test("nobody there: the address and the reason", async () => {
  const error = await errorOf(read({ endpoints: ["https://127.0.0.1:9"] }));
  expect([error.code, error.message]).toEqual([
    "provider_unreachable",
    "etcd at 127.0.0.1:9 cannot be reached (ECONNREFUSED).",
  ]);
});

test("a member that is away is passed over", async () => {
  fake.answers(200, found("k8s\0"));
  expect(await read({ endpoints: ["https://127.0.0.1:9", fake.url] })).toMatchObject({ revision: "42" });
});

test("a client certificate of somebody else's authority is refused, and said so", async () => {
  const error = await errorOf(read(strange));
  expect(error.message).toMatch(/refuses the client certificate|cannot be reached \(UND_ERR_SOCKET\)/u);
  expect(error.next).toContain("client certificate");
  expect(fake.asked).toEqual([]);
});

test("an etcd of another authority is not asked", async () => {
  const error = await errorOf(read({ caFile: stranger.caFile }));
  expect([error.code, error.next]).toEqual(["provider_denied", expect.stringContaining("Give the CA")]);
  expect(fake.asked).toEqual([]);
});

test.each(["caFile", "certFile", "keyFile"] as const)(
  "a %s that cannot be read is named by its variable",
  async (file) => {
    const error = await errorOf(read({ [file]: "/nowhere/at-all" }));
    expect(error.message).toContain(`KEYROLL_ETCD_${file.replace("File", "").toUpperCase()}_FILE`);
    expect(error.message).not.toContain("/nowhere");
  },
);
