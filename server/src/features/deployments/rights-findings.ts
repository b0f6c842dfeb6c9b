import { rightsRule } from "@keyroll/preflight";
import type { MissingRight, RenderedObject } from "../../ports/rendered.ts";
import type { Finding } from "./findings.ts";
import type { Job } from "./job.ts";

/** What Helm may not write, found before the Secret is written: half way it would be a way back. */
export const rightsFindings = async (
  { target, signal }: Pick<Job, "target" | "signal">,
  objects: readonly RenderedObject[],
): Promise<Finding[]> => {
  if (objects.length === 0) return [];
  const rights = await target.rights(objects, signal);
  if (rights === null) return [];
  const who = rights.who === null ? "Helm's identity" : `\`${rights.who}\``;
  return [
    ...rights.missing.map((right) => finding("error", right, lacking(right, who), roleLine(right))),
    ...rights.unknown.map((one) =>
      finding(
        "note",
        { ...one, namespace: null },
        one.isOwn
          ? `${one.kind} (${one.apiVersion}) comes with this release: whether Helm may write it is only seen then.`
          : `The cluster does not know ${one.kind} (${one.apiVersion}): whether Helm may write it cannot be told.`,
        one.isOwn
          ? "Nothing, if Helm's role has the kind already."
          : "Install what brings the kind before, or take it out of the chart.",
      ),
    ),
  ];
};

const finding = (
  severity: Finding["severity"],
  { kind, namespace, name }: Pick<MissingRight, "kind" | "namespace" | "name">,
  message: string,
  fix: string,
): Finding => ({
  rule: rightsRule,
  severity,
  object: { kind, namespace, name },
  container: null,
  key: null,
  source: null,
  message,
  fix,
});

const lacking = ({ kind, namespace, verbs }: MissingRight, who: string): string =>
  `${who}, with which Helm works, may not ${verbs.join(" or ")} ${kind} objects ${namespace === null ? "in the cluster" : `in ${namespace}`}.`;

/** The line as a role has it. */
const roleLine = ({ group, resource, namespace, verbs }: MissingRight): string =>
  `Add to its ${namespace === null ? "ClusterRole" : `Role in ${namespace}`}: {apiGroups: ["${group}"], resources: [${resource}], verbs: [${verbs.join(", ")}]}.`;
