import { templateSays } from "../chart-text.ts";
import { isRandom } from "../consumers.ts";
import { nodeAt, type ManifestObject } from "../manifests.ts";
import { at, fileOf, nameOf, type Rule, type Subject } from "../rule.ts";

/** Whether the Job is another one at each deployment: its name holds the release's number or a time. A random name is known without. */
const hasOwnName = (object: ManifestObject, { helmRevision, templates }: Subject): boolean => {
  if (nodeAt(object.body, "metadata", "name") === undefined) return true;
  const numbers = object.name.split(/\D+/u);
  // What else its template takes from chance says nothing of the name: a number there may be the release's own.
  if (
    templateSays(object, templates, /\.Release\.Revision\b/u) !== false &&
    numbers.includes(String(helmRevision ?? 1))
  )
    return true;
  // Two renders within one second have the same time in their names.
  return templateSays(object, templates, /\bnow\b/u) === true && numbers.some((part) => part.length > 5);
};

/** A Job's template cannot change: a random annotation makes every upgrade fail. */
export const jobRandom: Rule = {
  id: "job-random-annotation",
  about:
    "A Job that is no hook has a random value in its pod template. A Job's template cannot change, so every upgrade fails, unless its name changes too.",
  *check(subject) {
    for (const object of subject.objects) {
      if (object.kind !== "Job" || object.origin === "hook") continue;
      const random = isRandom(object, subject);
      // With one render nothing is known; with another name in the other it is another Job.
      if (random === false || subject.again === undefined || hasOwnName(object, subject)) continue;
      const expires = nodeAt(object.body, "spec", "ttlSecondsAfterFinished") !== undefined;
      const isSure = random === true && !expires;
      yield {
        ...at(object),
        severity: isSure ? "error" : "warning",
        message: `${nameOf(object)} has a value in its pod template that is ${random === true ? "random" : "random, or kept in the cluster"}: a Job's template cannot change, so ${expires ? "an upgrade fails while the finished Job is still there" : "every upgrade fails"}.`,
        fix: `Take it out of ${fileOf(object)}, give the Job a name with {{ .Release.Revision }}, or make it a hook.`,
      };
    }
  },
};
