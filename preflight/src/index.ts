import { consumers } from "./consumers.ts";
import { isFixed } from "./pass-over.ts";
import { containersOf, podsOf } from "./pods.ts";
import { isHere, references } from "./references.ts";
import { rules } from "./rules.ts";
import type { Finding, PreflightInput, Subject } from "./rule.ts";

export type { Templates } from "./chart-text.ts";
export { templateText, type Consumer } from "./consumers.ts";
export { nothingParsed, NotYaml, parseManifests, type ManifestObject, type Parsed } from "./manifests.ts";
export { isFixed, rightsRule, ruleIds, whyNotPassedOver } from "./pass-over.ts";
export { podReferences, type ContainerUses } from "./pod-references.ts";
export { references, type Reference } from "./references.ts";
export type { Finding, KeyFacts, PreflightInput, Running } from "./rule.ts";
export { sarifOf } from "./sarif.ts";
export { secretNames } from "./secret-names.ts";

const order = { error: 0, warning: 1, note: 2 };

/** Joins what the chart references with what is saved: findings, errors first. */
export const preflight = (
  input: PreflightInput,
): Pick<Subject, "references" | "consumers"> & { readonly findings: readonly Finding[] } => {
  const { objects, namespace } = input;
  const all = references(objects, input);
  const subject: Subject = {
    ...input,
    references: all.filter(({ object }) => isHere(object, namespace)),
    elsewhere: all.filter(({ object }) => !isHere(object, namespace)),
    consumers: consumers(all, input, input),
    places: objects
      .filter((object) => isHere(object, namespace))
      .flatMap((object) =>
        podsOf(object).flatMap((pod) => containersOf(pod).map((container) => ({ ...container, object, pod }))),
      ),
  };
  const findings = rules.flatMap((rule) => [...rule.check(subject)].map((finding) => ({ rule: rule.id, ...finding })));
  return {
    references: subject.references,
    consumers: subject.consumers,
    findings: findings.toSorted((a, b) => order[a.severity] - order[b.severity]),
  };
};

/** Those that stop a deployment, but for rules that somebody who may deploy chose to pass over. */
export const blocking = (findings: readonly Finding[], ignored: readonly string[] = []): Finding[] =>
  findings.filter(({ severity, rule }) => severity === "error" && (isFixed(rule) || !ignored.includes(rule)));
