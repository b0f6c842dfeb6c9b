import { isNode, nodeAt } from "../manifests.ts";
import { templateOf } from "../references.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** `rollme` where it restarts nothing, or where every upgrade fails. */
export const rollmeMisplaced: Rule = {
  id: "rollme-misplaced",
  *check({ objects, helmMajor }) {
    for (const object of objects) {
      const template = templateOf(object);
      if (template === null) continue;
      if (isNode(template["annotations"])) {
        yield {
          ...at(object),
          severity: "error",
          message: `${nameOf(object)}: annotations stand directly below the pod template; Helm ${helmMajor === 4 ? "4 refuses to install this" : "3 installs it once, and every upgrade after that fails"}.`,
          fix: `In ${object.source ?? "the chart"}, move them one level down: spec.template.metadata.annotations.`,
        };
      }
      const outer = nodeAt(object.body, "metadata", "annotations");
      const inner = nodeAt(template, "metadata", "annotations");
      if (isNode(outer) && "rollme" in outer && !(isNode(inner) && "rollme" in inner)) {
        yield {
          ...at(object),
          severity: "warning",
          message: `${nameOf(object)}: rollme stands on the object, not on the pod template: it restarts nothing.`,
          fix: `In ${object.source ?? "the chart"}, move it to spec.template.metadata.annotations.`,
        };
      }
    }
  },
};
