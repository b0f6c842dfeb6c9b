import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { committed, contents, newScope, set, texts } from "../../../../../conformance/store-world.ts";
import { administer, administrator, errorOf, openBao, openVault } from "../../../../../e2e/harness/openbao.ts";
import { vault } from "../vault.ts";
import { settings as schema } from "./settings.ts";

/** An engine that deletes every version when it is 30 days old. */
const { memory } = openBao();
const mount = `aging-${randomBytes(4).toString("hex")}`;
const given = { mount };
const host = administrator(memory);
const age = async (hours: number) =>
  await administer(memory, `POST ${mount}/config`, { delete_version_after: `${hours}h` });
beforeAll(async () => {
  await administer(memory, `POST sys/mounts/${mount}`, { type: "kv", options: { version: "2" } });
});
afterAll(async () => await administer(memory, `DELETE sys/mounts/${mount}`));

test("where versions are deleted by their age nothing is begun, and the check says so", async () => {
  await age(720);
  const scope = newScope();
  const store = openVault(scope, host, given);
  const error = await errorOf(committed(store, 0, [set("A", "1")]));
  expect([error.code, error.facts.changed, error.message, error.next]).toEqual([
    "invalid",
    false,
    expect.stringContaining("deletes every version by its age"),
    expect.stringContaining(`${mount}/config delete_version_after=0s`),
  ]);
  await expect(administer(memory, `GET ${mount}/metadata/keyroll/${scope.app}/${scope.environment}`)).rejects.toThrow(
    "404",
  );
  const failed = (await vault.check(schema.parse({ address: memory, ...given }), host)).filter(({ ok }) => !ok);
  expect(failed).toMatchObject([{ id: "keep", required: true, next: error.next }]);
  await age(0);
  expect((await committed(store, 0, [set("A", "1")])).revision).toBe(1);
});

test("what is to be deleted later can be read until then", async () => {
  await age(0);
  const scope = newScope();
  await committed(openVault(scope, host, given), 0, [set("A", "1")]);
  await age(720);
  await committed(openVault(scope, host, given), 1, [set("A", "2")]);
  await committed(openVault(scope, host, given), 2, [set("A", "3")]);
  const readableAt = async (hours: number) => {
    const clock = { ...host.clock, now: () => host.clock.now() + hours * 3_600_000 };
    const found = await openVault(scope, { ...host, clock }, given).revisions({ limit: 9 });
    return found.filter(({ readable }) => readable).map(({ revision }) => revision);
  };
  expect([await readableAt(0), await readableAt(721)]).toEqual([[3, 2, 1], [1]]);
  expect(await contents(openVault(scope, host, given))).toEqual({ revision: 3, values: texts({ A: "3" }) });
});
