import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import type { SecretStore } from "../server/src/ports/secret-store.ts";
import { commit, committed, contents, newScope, newTxn, set, untouched, type StoreWorld } from "./store-world.ts";

const value = "canary-of-the-network";

/** Every method, and what it is asked. */
const methods: readonly [name: string, ask: (store: SecretStore) => Promise<unknown>][] = [
  ["manifest", async (store) => await store.manifest()],
  ["manifest at a revision", async (store) => await store.manifest({ at: 1 })],
  ["read", async (store) => await store.read(1)],
  ["commit", async (store) => await commit(store, 1, [set("B", value)])],
  ["revisions", async (store) => await store.revisions({ limit: 5 })],
  ["inspect", async (store) => await store.upkeep.inspect()],
  ["prune", async (store) => await store.upkeep.prune(new Set(), 1)],
  ["destroy softly", async (store) => await store.upkeep.destroy("soft")],
  ["destroy", async (store) => await store.upkeep.destroy("purge")],
];

const errorOf = async (what: Promise<unknown>): Promise<KeyrollError> => {
  try {
    const answer = await what;
    throw new Error(`answered ${inspect(answer)} without a connection`);
  } catch (error) {
    if (error instanceof KeyrollError) return error;
    throw error;
  }
};

/** A store that cannot be reached throws; it never says that there is nothing. */
export const networkTests = (world: () => StoreWorld): void => {
  test("without a connection every method throws `provider_unreachable`, also for what was never saved", async () => {
    const { network, open } = world();
    const scope = newScope();
    const store = await open(scope, untouched);
    await committed(store, 0, [set("A", value)]);
    const before = await contents(store);
    network?.cut();
    try {
      for (const [name, ask] of methods) {
        const fresh = await open(scope, untouched);
        const errors = [await errorOf(ask(store)), await errorOf(ask(fresh))];
        for (const error of errors) {
          expect(error.code, name).toBe("provider_unreachable");
          expect(inspect(error, { depth: Infinity, showHidden: true }), name).not.toContain(value);
        }
      }
      const never = await open(newScope(), untouched);
      expect((await errorOf(never.manifest())).code).toBe("provider_unreachable");
    } finally {
      network?.heal();
    }
    expect(await contents(store)).toEqual(before);
  }, 120_000);

  test("one lost reply of a commit never looks like somebody else's commit, and never makes two revisions", async () => {
    const { network, open } = world();
    let wasLost = true;
    for (let nth = 1; wasLost; nth++) {
      const scope = newScope();
      const store = await open(scope, untouched);
      await committed(store, 0, [set("A", value)]);
      const txn = newTxn();
      const reply = network?.loseReply(nth);
      const answer = await commit(store, 1, [set("B", value)], txn).catch((error: unknown) => error);
      wasLost = reply?.lost === true;
      const said = answer instanceof KeyrollError ? answer.code : Object.keys(answer as object)[0];
      expect(["done", "provider_unreachable", "indeterminate"], `reply ${nth}`).toContain(said);
      const done = await committed(await open(scope, untouched), 1, [set("B", value)], txn);
      expect([done.revision, done.txn], `reply ${nth}`).toEqual([2, txn]);
      const history = await store.revisions({ limit: 5 });
      expect(
        history.map(({ revision }) => revision),
        `reply ${nth}`,
      ).toEqual([2, 1]);
    }
    network?.heal();
  }, 120_000);

  test("a reply that is lost is no answer: the caller is told, and asking again finds what was done", async () => {
    const { network, open } = world();
    const scope = newScope();
    const store = await open(scope, untouched);
    await committed(store, 0, [set("A", value)]);
    const txn = newTxn();
    network?.loseReplies();
    try {
      for (const [name, ask] of methods.slice(0, 3))
        expect((await errorOf(ask(store))).code, name).toBe("provider_unreachable");
      // The call may have arrived, so "unreachable" must not sound like "not saved".
      const error = await errorOf(commit(store, 1, [set("B", value)], txn));
      expect(["provider_unreachable", "indeterminate"]).toContain(error.code);
    } finally {
      network?.heal();
    }
    const done = await committed(await open(scope, untouched), 1, [set("B", value)], txn);
    expect([done.revision, done.txn]).toEqual([2, txn]);
    expect((await store.revisions({ limit: 5 })).map(({ revision }) => revision)).toEqual([2, 1]);
  }, 120_000);
};
