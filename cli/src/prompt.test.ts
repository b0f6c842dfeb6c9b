import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { ask } from "./prompt.ts";

/** A terminal on which the pieces are typed, each as it comes from the keyboard. */
const type = async (...pieces: readonly string[]): Promise<string | null> => {
  const input = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  const answer = ask(input, { write: () => true }, "Value: ", true);
  for (const piece of pieces) input.emit("data", piece);
  return await answer;
};

const paste = (text: string): string => `\u001B[200~${text}\u001B[201~`;

afterEach(() => {
  vi.useRealTimers();
});

test.for([
  ["an arrow", "\u001B[D"],
  ["Ctrl and an arrow", "\u001B[1;5D"],
  ["an arrow in application mode", "\u001BOD"],
  ["F1 of the Linux console", "\u001B[[A"],
  ["Delete", "\u001B[3~"],
  ["Alt and a letter", "\u001Bb"],
  ["Alt and an arrow", "\u001B\u001B[D"],
  ["the end of a paste that never began", "\u001B[201~"],
] as const)("%s leaves nothing in the answer, in one piece or in several", async ([, keys]) => {
  expect(await type(`ab${keys}cd\r`)).toBe("abcd");
  expect(await type("ab", ...Array.from(keys), "cd\r")).toBe("abcd");
});

test("Esc by itself takes no later key with it", async () => {
  vi.useFakeTimers();
  const input = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  const answer = ask(input, { write: () => true }, "Value: ", true);
  input.emit("data", "ab\u001B");
  vi.advanceTimersByTime(500);
  input.emit("data", "cd\r");
  expect(await answer).toBe("abcd");
  expect(vi.getTimerCount()).toBe(0);
});

test("Enter and Ctrl-C count also behind Esc", async () => {
  expect(await type("ab\u001B\r")).toBe("ab");
  expect(await type("ab\u001B[\u0003")).toBe(null);
});

test.for(["l1\nl2\n", "l1\rl2\r", "l1\r\nl2\r\n"])("the line breaks of a paste count once: %j", async (text) => {
  expect(await type(paste(text), "\r")).toBe("l1\nl2\n");
  expect(await type(...Array.from(paste(text)), "\r")).toBe("l1\nl2\n");
});

test("what looks like a key in a paste is text", async () => {
  expect(await type(paste("a\u001B[Db\u0003"), "\r")).toBe("a\u001B[Db\u0003");
});
