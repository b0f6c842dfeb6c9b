import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import type { SecretStore, StoreScope } from "../server/src/ports/secret-store.ts";
import { secretText } from "../server/src/ports/secret.ts";
import { committed, contents, newScope, remove, set } from "./store-world.ts";

/** What a read that must be refused says. */
const refusalOf = async (what: Promise<unknown>): Promise<string> =>
  await what.then(
    () => "answered",
    (error: unknown) => (error instanceof KeyrollError ? error.code : "another error"),
  );

/** `purge` of keys that are removed. */
export const purgeTest = (open: (scope: StoreScope) => Promise<SecretStore>): void => {
  test("purged keys are nowhere: what held them cannot be read whole, the newest revision is untouched", async () => {
    const scope = newScope();
    const store = await open(scope);
    await committed(store, 0, [set("A", "a1"), set("GONE", "g1")]);
    await committed(store, 1, [set("GONE", "g2")]);
    await committed(store, 2, [remove("GONE")]);
    await committed(store, 3, [set("A", "a4")]);
    // The newest one is never touched, whoever names it.
    await store.upkeep.purge(["GONE"], new Set([1, 2, 4]));
    for (const at of [1, 2])
      expect(["revision_gone", "integrity"], `revision ${at}`).toContain(await refusalOf(store.read(at)));
    expect((await store.read(3)).get("A")?.equals(secretText("a1"))).toBe(true);
    expect(Object.keys((await contents(await open(scope)))?.values ?? {})).toEqual(["A"]);
    await store.upkeep.purge(["GONE"], new Set([1, 2]));
    expect((await committed(store, 4, [set("GONE", "anew")])).revision).toBe(5);
    expect((await store.read(5)).get("GONE")?.equals(secretText("anew"))).toBe(true);
    expect(["revision_gone", "integrity"]).toContain(await refusalOf(store.read(2)));
  });
};
