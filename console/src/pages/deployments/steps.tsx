import type { JournalEvent } from "@keyroll/sdk";
import type { Deployment } from "../../client.ts";
import { Stepper, type Step } from "../../ui/stepper.tsx";
import { duration } from "./outcome.tsx";
import { Words } from "../../ui/words.tsx";

type StepEvent = Extract<JournalEvent["event"], { readonly type: "step" }>;
type Name = StepEvent["step"];

/** In the order of the pipeline, in words for people. */
const names: readonly (readonly [Name, string])[] = [
  ["observe", "Look at the cluster"],
  ["render", "Render the chart"],
  ["preflight", "Check the chart against the keys"],
  ["write", "Write the Secret"],
  ["settle", "Let the kubelets see it"],
  ["roll", "Roll the app"],
  ["prove", "Prove what every pod runs"],
  ["contract", "Take removed keys out"],
];

interface Seen {
  readonly state: Step["state"];
  readonly message: string;
  readonly from: number;
  readonly to: number | null;
}

const stateOf = (state: StepEvent["state"]): Step["state"] => (state === "started" ? "active" : state);

/** The newest word about each step of one aim. */
const seenOf = (journal: readonly JournalEvent[], aim: StepEvent["aim"]): ReadonlyMap<Name, Seen> => {
  const seen = new Map<Name, Seen>();
  for (const { at, event } of journal) {
    if (event.type !== "step" || event.aim !== aim) continue;
    const from = event.state === "started" ? at : (seen.get(event.step)?.from ?? at);
    seen.set(event.step, {
      state: stateOf(event.state),
      message: event.message,
      from,
      to: event.state === "started" ? null : at,
    });
  }
  return seen;
};

/** What is going on inside the step: the newest progress of each workload. */
const progressOf = (journal: readonly JournalEvent[], since: number): string[] => {
  const newest = new Map<string, string>();
  for (const { at, event } of journal)
    if (event.type === "progress" && at >= since)
      newest.set(
        event.workload,
        `${event.workload}: ${event.updated} of ${event.wanted} updated, ${event.ready} ready`,
      );
  return [...newest.values()];
};

interface StepsProps {
  readonly deployment: Deployment;
  readonly journal: readonly JournalEvent[];
  readonly aim: StepEvent["aim"];
}

/** How far a deployment is, or its way back. A step that never came is left out once it is over. */
export const Steps = ({ deployment, journal, aim }: StepsProps) => {
  const seen = seenOf(journal, aim);
  const isOver = deployment.endedAt !== null || deployment.aim !== aim;
  const steps = names.flatMap(([name, label]): Step[] => {
    const one = seen.get(name);
    if (one === undefined)
      return isOver || (aim === "fallback" && seen.size === 0) ? [] : [{ name: label, state: "waiting" }];
    const lines = one.state === "active" ? progressOf(journal, one.from) : [];
    const took = one.to === null || one.to - one.from < 1000 ? "" : ` (${duration(one.to - one.from)})`;
    return [
      {
        name: label,
        // What was at work when everything ended did not get to its end.
        state: one.state === "active" && isOver ? "failed" : one.state,
        detail: (
          <div className="quiet">
            {one.message === "" ? null : (
              <p>
                <Words text={one.message + took} />
              </p>
            )}
            {lines.map((line) => (
              <p key={line}>{line}</p>
            ))}
          </div>
        ),
      },
    ];
  });
  return <Stepper label={aim === "goal" ? "Steps" : "The way back"} steps={steps} />;
};
