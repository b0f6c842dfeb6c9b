import { nearest } from "@keyroll/pairs";
import { rules } from "./rules.ts";

export const ruleIds: readonly string[] = rules.map(({ id }) => id);

/** Of a server that asks the cluster what Helm may write; a cluster may decide otherwise than it answers. */
export const rightsRule = "helm-right-missing";

/** Whether nobody may deploy in spite of the rule: a value would leak, or the Secret would be lost. */
export const isFixed = (id: string): boolean => rules.some((rule) => rule.id === id && rule.fixed === true);

/** Why errors of this rule cannot be passed over, and what to do instead; null: whoever may deploy may. */
export const whyNotPassedOver = (id: string): { readonly message: string; readonly next: string } | null => {
  const known = [...ruleIds, rightsRule];
  if (!known.includes(id)) {
    const near = nearest(id, known);
    return {
      message: `There is no rule \`${id}\` of preflight.`,
      next: near === null ? "`keyroll preflight --json` names the rule of each finding." : `Did you mean \`${near}\`?`,
    };
  }
  if (!isFixed(id)) return null;
  return {
    message: `The rule \`${id}\` cannot be passed over: a value would leak, or the Secret would be lost.`,
    next: "Correct what it finds.",
  };
};
