import type { Reference } from "../references.ts";
import { at, withContainer, type Finding, type Rule, type Subject } from "../rule.ts";

export interface EnvRead {
  readonly reference: Reference;
  readonly key: string;
  readonly envName: string;
}

/** Every key that becomes an environment variable, with the name that it gets. */
const envReads = ({ references, keys }: Subject): EnvRead[] =>
  references.flatMap((reference) => {
    if (reference.how === "env" && reference.key !== null)
      return [{ reference, key: reference.key, envName: reference.envName ?? reference.key }];
    if (reference.how !== "envFrom") return [];
    return [...keys.keys()].map((key) => ({ reference, key, envName: reference.prefix + key }));
  });

type Judged = Pick<Finding, "severity" | "message" | "fix">;

/** A rule that looks at one variable at a time. */
export const envRule = (
  facts: Pick<Rule, "id" | "about" | "fixed">,
  judge: (read: EnvRead, subject: Subject) => Judged | null,
): Rule => ({
  ...facts,
  *check(subject) {
    for (const read of envReads(subject)) {
      const found = judge(read, subject);
      if (found !== null) yield { ...at(read.reference.object, read.reference.container, read.key), ...found };
    }
  },
});

export const whereRead = ({ reference }: EnvRead): string =>
  withContainer(reference.object, reference.container ?? "?");
