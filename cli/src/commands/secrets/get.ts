import { KeyrollError } from "@keyroll/contract/errors";
import { printDotenv } from "@keyroll/pairs";
import { guardValues } from "../../agents.ts";
import type { Verb } from "../../command.ts";
import { valuesOf } from "../../wire.ts";

/** A whole number from 1. */
export const revisionNumber = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/u.test(text))
    throw new KeyrollError("bad_request", "A revision is a number from 1.", {
      field: "revision",
      next: "`keyroll history` shows them.",
    });
  return Number(text);
};

export const get: Verb = (command, act) => {
  command
    .argument("<keys...>")
    .option("--revision <n>", "an older revision; default: the newest saved one")
    .option("--reveal", "also on a terminal, or for a coding agent")
    .description("Read values: one key byte for byte, several as .env lines. Each reading is in the audit.")
    .action(
      act(
        async (
          context,
          keys: readonly string[],
          options: { readonly reveal?: boolean; readonly revision?: string },
        ) => {
          guardValues(context, `get ${keys.length === 1 ? "KEY" : "KEY…"}`, options.reveal === true);
          const place = await context.place();
          const client = await context.client();
          const of = options.revision === undefined ? ("saved" as const) : revisionNumber(options.revision);
          const bundle = await client.call("secrets.bundle", {
            params: place,
            body: { of, only: [...keys], purpose: "get" },
          });
          const values = valuesOf(bundle.values);
          if (context.globals.json === true) {
            context.json({ revision: bundle.revision, values: bundle.values });
            return;
          }
          if (keys.length === 1) {
            const value = values.get(keys[0] ?? "");
            if (value === undefined) throw new KeyrollError("internal", "The server left the key out of its answer.");
            context.out(value);
            // On a screen the next prompt begins on a line of its own; a program gets the bytes alone.
            if (context.terminal.output && typeof value === "string" && !value.endsWith("\n")) context.out("\n");
            return;
          }
          const { text, refused } = printDotenv(values, { for: "keyroll" });
          const [problem] = refused;
          if (problem !== undefined)
            throw new KeyrollError("invalid", problem.message, {
              next: "Read it alone (`keyroll get KEY`), or use --json.",
            });
          context.out(text);
        },
      ),
    );
};
