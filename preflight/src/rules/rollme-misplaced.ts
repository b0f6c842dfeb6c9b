import { kindOf, templateOf } from "../kinds.ts";
import { isNode, nodeAt } from "../manifests.ts";
import { at, fileOf, nameOf, type Rule } from "../rule.ts";

/** `rollme` where it restarts nothing, or where every upgrade fails. */
export const rollmeMisplaced: Rule = {
  id: "rollme-misplaced",
  about:
    "rollme belongs to spec.template.metadata.annotations. Directly below the template Helm 4 refuses it, and Helm 3 installs once and fails at every upgrade; on the object itself it restarts nothing.",
  *check({ objects, helmMajor }) {
    for (const object of objects) {
      const template = templateOf(object);
      if (template === null) continue;
      const wrong = ["annotations", "labels"].find((name) => isNode(template[name]));
      if (wrong !== undefined) {
        const isRefused = kindOf(object)?.builtIn === true;
        const what =
          helmMajor === 4 ? "4 refuses to install this" : "3 installs it once, and every upgrade after that fails";
        yield {
          ...at(object),
          severity: isRefused ? "error" : "warning",
          message: `${nameOf(object)}: ${wrong} stand directly below the pod template; ${isRefused ? `Helm ${what}` : "they restart nothing there"}.`,
          fix: `In ${fileOf(object)}, move them one level down: spec.template.metadata.${wrong}.`,
        };
      }
      const outer = nodeAt(object.body, "metadata", "annotations");
      const inner = nodeAt(template, "metadata", "annotations");
      if (isNode(outer) && "rollme" in outer && !(isNode(inner) && "rollme" in inner)) {
        yield {
          ...at(object),
          severity: "warning",
          message: `${nameOf(object)}: rollme stands on the object, not on the pod template: it restarts nothing.`,
          fix: `In ${fileOf(object)}, move it to spec.template.metadata.annotations.`,
        };
      }
    }
  },
};
