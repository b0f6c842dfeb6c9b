import { expect, test } from "vitest";
import { atEveryCall, stopAt, Stopped } from "./faults.ts";

/** A port with a method below it, which notes what was really called. */
const aPort = () => {
  const made: string[] = [];
  const port = {
    name: "plain",
    get: async (key: string) => {
      made.push(`get ${key}`);
      return key.toUpperCase();
    },
    below: {
      put: async (key: string) => void made.push(`put ${key}`),
    },
  };
  return { port, made };
};

test("before a call it is not made, after it the answer is lost, and a stopped world makes no further call", async () => {
  for (const where of ["before", "after"] as const) {
    const { port, made } = aPort();
    const faults = stopAt(2, where);
    const wrapped = faults.wrap(port);
    expect([wrapped.name, await wrapped.get("a"), faults.stopped]).toEqual(["plain", "A", false]);
    await expect(wrapped.below.put("b")).rejects.toBeInstanceOf(Stopped);
    expect(faults.stopped).toBe(true);
    await expect(wrapped.get("c")).rejects.toBeInstanceOf(Stopped);
    expect(made).toEqual(where === "before" ? ["get a"] : ["get a", "put b"]);
  }
});

test("a world that hangs never answers", async () => {
  const { port, made } = aPort();
  const wrapped = stopAt(1, "after", "hangs").wrap(port);
  const first = await Promise.race([wrapped.get("a"), new Promise((resolve) => setImmediate(resolve, "nothing"))]);
  expect([first, made]).toEqual(["nothing", ["get a"]]);
});

test("a call that was under way when the world stopped is not answered either", async () => {
  let answer = (): void => undefined;
  const port = {
    slow: async () => await new Promise<void>((resolve) => (answer = resolve)),
    fast: async () => undefined,
  };
  const wrapped = stopAt(2, "before").wrap(port);
  const slow = wrapped.slow();
  await expect(wrapped.fast()).rejects.toBeInstanceOf(Stopped);
  answer();
  await expect(slow).rejects.toBeInstanceOf(Stopped);
});

test("every call is stopped once before it and once after it", async () => {
  const seen: string[] = [];
  const stops = await atEveryCall(async (faults, at) => {
    const { port, made } = aPort();
    const wrapped = faults.wrap(port);
    await (async () => {
      await wrapped.get("a");
      await wrapped.below.put("b");
    })().catch(() => undefined);
    seen.push(`${at}: ${made.length}`);
  });
  expect(stops).toBe(4);
  expect(seen).toEqual([
    "before call 1: 0",
    "before call 2: 1",
    "before call 3: 2",
    "after call 1: 1",
    "after call 2: 2",
    "after call 3: 2",
  ]);
});
