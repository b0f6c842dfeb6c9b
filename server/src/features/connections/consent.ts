import { KeyrollError } from "@keyroll/contract/errors";
import type { Cost } from "../../ports/secret-store.ts";

/** @throws {KeyrollError} `confirmation_required` with what it costs, unless somebody has said that it may. */
export const requireConsent = (costs: readonly Cost[], isAccepted: boolean): void => {
  const [cost] = costs;
  if (cost === undefined || isAccepted) return;
  throw new KeyrollError("confirmation_required", `\`${cost.setting}\` ${cost.value} costs: ${cost.text}`, {
    field: `store.settings.${cost.setting}`,
    next: `Accept it (\`acceptCost: true\`, \`--yes\`), or leave \`${cost.setting}\` out.`,
    changed: false,
  });
};
