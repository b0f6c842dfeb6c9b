import type { Problem } from "./problem.ts";

const name = /^[a-z][a-z0-9-]{0,37}[a-z0-9]$/u;

/** Names of apps and environments. @returns the rule that is broken, or null. */
export const checkName = (text: string, field: string): Problem | null => {
  if (text.length > 39) {
    return {
      rule: "name-length",
      field,
      message: `${field}: at most 39 characters; this has ${text.length}.`,
      limit: 39,
      actual: text.length,
    };
  }
  if (!name.test(text)) {
    return {
      rule: "name",
      field,
      message: `${field}: 2 to 39 of a-z, 0-9 and -, beginning with a letter and not ending with -.`,
    };
  }
  if (/^(aws|ssm)/u.test(text))
    return {
      rule: "name-reserved",
      field,
      message: `${field}: does not begin with aws or ssm (the store reserves them).`,
    };
  return null;
};
