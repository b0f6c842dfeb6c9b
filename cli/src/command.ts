import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Turns a command's function into what commander calls: arguments and options first, as given. */
export type Act = (
  run: (context: Context, ...given: never[]) => Promise<number | void>,
) => (...given: unknown[]) => Promise<void>;

/** One command: adds its arguments and options, and says what it does. */
export type Verb = (command: Command, act: Act) => void;

/** A command in the list: found, described and completed without loading it. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load?: () => Promise<Verb>;
  readonly verbs?: readonly Entry[];
}

/** `--set a --set b` and `--only A,B`. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
export const keyList = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value.split(",").flatMap((key) => (key.trim() === "" ? [] : [key.trim()])),
];
