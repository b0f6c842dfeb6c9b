import type { z } from "zod";

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** Of what there may be one, and several. */
const units: Readonly<Record<string, readonly [string, string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

/** How much was given, for a limit; never a text itself, which may be a value. */
const given = (input: unknown): string => {
  if (typeof input === "number") return `, not ${input}`;
  return typeof input === "string" || Array.isArray(input) ? `, not ${input.length}` : "";
};

const limited = (word: string, limit: number | bigint, origin: string, input: unknown): string => {
  const [one, several] = units[origin] ?? [];
  const of = Number(limit) === 1 ? one : several;
  return `must ${of === undefined ? `be ${word} ${limit}` : `have ${word} ${limit} ${of}`}${given(input)}`;
};

/**
 * The rule that a field of a request breaks, in words, with the figure: to follow the field's name. A rule of the contract that has
 * words of its own keeps them. Nothing for rules that none of the contract's fields has without.
 */
export const fieldWords = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "too_small":
      if (issue.origin === "string" && issue.input === "") return "must not be empty";
      return limited("at least", issue.minimum, issue.origin, issue.input);
    case "too_big":
      return limited("at most", issue.maximum, issue.origin, issue.input);
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return issue.format === "regex" ? `must match ${issue.pattern}` : `must be a valid ${issue.format}`;
    case "invalid_union":
      return "has none of the forms that are taken here";
    default:
      return undefined;
  }
};
