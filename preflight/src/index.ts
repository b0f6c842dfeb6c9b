import { consumers, references } from "./references.ts";
import { rules } from "./rules.ts";
import type { Finding, PreflightInput, Subject } from "./rule.ts";

export { parseManifests, type ManifestObject } from "./manifests.ts";
export {
  consumers,
  podReferences,
  references,
  templateText,
  type Consumer,
  type ContainerUses,
  type Reference,
} from "./references.ts";
export type { Finding, KeyFacts, PreflightInput } from "./rule.ts";

const order = { error: 0, warning: 1, note: 2 };

/** Joins what the chart references with what is saved: findings, errors first. */
export const preflight = (
  input: PreflightInput,
): Pick<Subject, "references" | "consumers"> & { readonly findings: readonly Finding[] } => {
  const subject: Subject = {
    ...input,
    references: references(input.objects, input),
    consumers: consumers(input.objects, input.again, input),
  };
  const findings = rules.flatMap((rule) => [...rule.check(subject)].map((finding) => ({ rule: rule.id, ...finding })));
  return {
    references: subject.references,
    consumers: subject.consumers,
    findings: findings.toSorted((a, b) => order[a.severity] - order[b.severity]),
  };
};

/** Those that stop a deployment. */
export const blocking = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ severity }) => severity === "error");
