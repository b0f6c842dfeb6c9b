import { copyingFiles } from "../chart-text.ts";
import { at, fileOf, nameOf, type Rule } from "../rule.ts";

/**
 * Values of a looked-up Secret in other objects. Told by the chart's templates, not by values: which object comes
 * from a template that puts out `.data` of a Secret that it looks up. Where the templates are not known, nothing is said.
 */
export const lookupCopies: Rule = {
  id: "lookup-copies-secret",
  about:
    "A template looks up a Secret and puts its data into an object that is no Secret, where everybody who may look at it reads it, in the cluster and in Helm's release.",
  *check({ objects, templates }) {
    if (templates === undefined) return;
    const copying = copyingFiles(templates);
    if (copying.size === 0) return;
    for (const object of objects) {
      if (object.kind === "Secret" || object.source === null || !copying.has(object.source)) continue;
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf(object)} comes from a template that looks up a Secret and puts its values into what it renders: they would lie there in plain text.`,
        fix: `In ${fileOf(object)}, refer to the Secret (secretKeyRef, a volume) instead of copying from it.`,
      };
    }
  },
};
