import { useEffect, useRef } from "react";
import { planFacts, planSum, type Plan, type Wanted } from "@keyroll/sdk/take-over";
import { Facts } from "../../ui/facts.tsx";
import type { ComparedPath } from "./take-over-path.tsx";

interface PlanProps {
  readonly plan: Plan;
  readonly wanted: Wanted;
  readonly path: ComparedPath | null;
}

/** What will be made of what was found, before anything is. */
export const TakeOverPlan = ({ plan, wanted, path }: PlanProps) => {
  const difference = path?.difference ?? null;
  const element = useRef<HTMLElement>(null);
  // It comes below what was typed, where a small screen does not show it.
  useEffect(() => {
    element.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const facts = new Map<string, string>();
  for (const [about, fact] of planFacts(plan, wanted, difference)) {
    const label = about.charAt(0).toUpperCase() + about.slice(1);
    const before = facts.get(label);
    facts.set(label, before === undefined ? fact : `${before}; ${fact}`);
  }
  return (
    <section ref={element} aria-label="Plan" aria-live="polite" className="panel stack tight">
      <h3>Plan</h3>
      <Facts facts={[...facts]} />
      <details>
        <summary>Names of its keys</summary>
        <p className="small">
          {plan.keys.map((key) => (
            <span key={key}>
              <code>{key}</code>{" "}
            </span>
          ))}
        </p>
      </details>
      <p>
        <strong>{planSum(difference)}</strong>
      </p>
    </section>
  );
};
