import { expect, test } from "vitest";
import { z } from "zod";
import { fieldWords } from "./field-words.ts";

const said = (type: z.ZodType, given: unknown): (string | undefined)[] | undefined =>
  type.safeParse(given, { error: fieldWords }).error?.issues.map(({ message }) => message);

test.for<[z.ZodType, unknown, string]>([
  [z.number().min(10), 5, "must be at least 10, not 5"],
  [z.int().max(90), 500, "must be at most 90, not 500"],
  [z.int(), 1.5, "must be a whole number"],
  [z.string(), undefined, "is missing"],
  [z.string(), 4, "must be text"],
  [z.string().min(1), "", "must not be empty"],
  [z.string().max(3), "geheim", "must have at most 3 characters, not 6"],
  [z.array(z.string()).max(1), ["a", "b"], "must have at most 1 entry, not 2"],
  [z.enum(["auto", "off"]), "on", "must be one of auto, off"],
  [z.literal("helm"), "x", "must be helm"],
  [z.string().regex(/^\d+$/u), "geheim", "must match /^\\d+$/u"],
  [z.url(), "geheim", "must be a valid url"],
  [z.boolean(), "yes", "must be true or false"],
  [
    z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]),
    { kind: "x" },
    "has none of the forms that are taken here",
  ],
  [z.string().max(3, "three letters at most"), "geheim", "three letters at most"],
])("%# is told in our words, with the figure and without what was given", ([type, given, words]) => {
  expect(said(type, given)).toEqual([words]);
});
