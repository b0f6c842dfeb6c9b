import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";
import "./stepper.css";

export interface Step {
  readonly name: string;
  readonly state: "waiting" | "active" | "done" | "failed";
  readonly detail?: ReactNode;
}

const words = { waiting: "not yet", active: "at work", done: "done", failed: "failed" } as const;

/** Steps in their order, with how far they are. */
export const Stepper = ({ label, steps }: { readonly label: string; readonly steps: readonly Step[] }) => (
  <ol className="stepper" aria-label={label}>
    {steps.map(({ name, state, detail }) => (
      <li key={name} className={state} aria-current={state === "active" ? "step" : undefined}>
        <span className="dot" aria-hidden="true">
          {state === "done" ? (
            <Icon name="check" />
          ) : state === "failed" ? (
            <Icon name="close" />
          ) : state === "active" ? (
            <span className="spinner" />
          ) : null}
        </span>
        <span>
          <strong>{name}</strong> <span className="quiet small">{words[state]}</span>
          {detail === undefined ? null : <div>{detail}</div>}
        </span>
      </li>
    ))}
  </ol>
);
