import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { secretText } from "../../ports/secret.ts";
import { keyWrapOf } from "../key-wrap/master-key.ts";
import { digestOf } from "./secret-drift.ts";

const random = { bytes: (size: number) => new Uint8Array(randomBytes(size)) };
const under = (key: Uint8Array, environment: string) => async (parts: readonly Uint8Array[]) =>
  await keyWrapOf(key, random).digest(parts, `app-secrets:${environment}`);
const pairs = (all: Readonly<Record<string, string>>) =>
  new Map(Object.entries(all).map(([key, value]) => [key, secretText(value)]));

test("the digest is the same for the same content, whatever its order, and another for any other", async () => {
  const key = random.bytes(32);
  const mine = under(key, "e1");
  const first = await digestOf(mine, 3, pairs({ A: "1", B: "2" }));
  expect(first).toMatch(/^v1\.[\w-]{43}$/u);
  expect(await digestOf(mine, 3, pairs({ B: "2", A: "1" }))).toBe(first);
  const others = await Promise.all([
    digestOf(mine, 4, pairs({ A: "1", B: "2" })),
    digestOf(mine, 3, pairs({ A: "1", B: "3" })),
    digestOf(mine, 3, pairs({ A: "1" })),
    // Where one value ends and the next key begins is part of it.
    digestOf(mine, 3, pairs({ A: "1B", "": "2" })),
    digestOf(mine, 3, pairs({ A: "1B2" })),
    digestOf(under(key, "e2"), 3, pairs({ A: "1", B: "2" })),
    digestOf(under(random.bytes(32), "e1"), 3, pairs({ A: "1", B: "2" })),
  ]);
  expect(new Set([first, ...others]).size).toBe(8);
});

test("without a key there is no digest", async () => {
  expect(await digestOf(async () => null, 3, pairs({ A: "1" }))).toBeNull();
});
