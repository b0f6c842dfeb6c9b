import { listAt, nodeAt, type ManifestObject } from "../manifests.ts";
import { at, nameOf, type Rule } from "../rule.ts";

const never = new Set(["Pod", "ReplicaSet", "ReplicationController"]);

const isOwned = ({ body }: ManifestObject): boolean => listAt(nodeAt(body, "metadata"), "ownerReferences").length > 0;

/** Pods that no controller replaces when their template changes. */
export const barePod: Rule = {
  id: "bare-pod",
  about:
    "A Pod of its own is never rolled, and a ReplicaSet or ReplicationController leaves its pods as they are when its template changes.",
  *check({ references }) {
    const using = references.filter(({ how }) => how !== "imagePullSecrets");
    for (const object of new Set(using.map((reference) => reference.object))) {
      if (!never.has(object.kind) || object.origin === "hook" || isOwned(object)) continue;
      yield {
        ...at(object),
        severity: "warning",
        message:
          object.kind === "Pod"
            ? `${nameOf(object)} is a Pod of its own: nothing restarts it, it keeps its values.`
            : `${nameOf(object)} leaves its pods as they are when its template changes: they keep their values.`,
        fix: object.kind === "Pod" ? "Make it a Deployment or a Job." : "Make it a Deployment.",
      };
    }
  },
};
