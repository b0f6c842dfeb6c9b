import { expect, test } from "vitest";
import { createContext } from "./context.ts";
import { readValue, type ValueOptions } from "./value-input.ts";

/** What becomes of an answer at the hidden prompt, and what is said about it. */
const answer = async (typed: string, options: ValueOptions = {}) => {
  let said = "";
  const context = createContext(
    {
      env: {},
      cwd: "/",
      terminal: { input: true, output: true, talk: true },
      out: () => undefined,
      err: (text) => (said += text),
      read: async () => await Promise.reject(new Error("the terminal is asked")),
      ask: async () => await Promise.resolve(typed),
      onStop: () => () => undefined,
      standBy: () => () => undefined,
      program: "/",
    },
    {},
  );
  return { value: await readValue(context, "T1", options), said };
};

const dropped = "T1: the final line break was dropped (--raw keeps it).\n";

test("a pasted line loses its line break, and that is said", async () => {
  expect(await answer("hunter2\n")).toEqual({ value: "hunter2", said: dropped });
  expect(await answer("hunter2\n", { raw: true })).toEqual({ value: "hunter2\n", said: "" });
});

test("what has several lines, or none, stays as it was typed", async () => {
  expect(await answer("hunter2")).toEqual({ value: "hunter2", said: "" });
  expect(await answer("l1\nl2\n")).toEqual({ value: "l1\nl2\n", said: "" });
});
