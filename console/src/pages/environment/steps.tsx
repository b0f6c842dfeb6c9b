import type { ReplyOf, Routes } from "@keyroll/contract";
import type { JournalEvent } from "@keyroll/sdk";

type Detail = ReplyOf<Routes["deployments.get"]>;
type State = "waiting" | "started" | "done" | "failed";

const steps = [
  ["observe", "Look at the cluster"],
  ["render", "Render the chart"],
  ["preflight", "Check"],
  ["write", "Write the Secret"],
  ["settle", "Let it settle"],
  ["roll", "Roll the app"],
  ["prove", "Prove"],
  ["contract", "Clean up"],
] as const;

const marks: Readonly<Record<State, string>> = { waiting: "·", started: "…", done: "✓", failed: "✗" };

const logLine = ({ event }: JournalEvent): string | null => {
  if (event.type === "log") return event.message;
  if (event.type === "progress")
    return `${event.workload}: ${event.updated} of ${event.wanted} updated, ${event.ready} ready`;
  if (event.type === "trouble") return `${event.instance}: ${event.reason} ${event.message}`;
  if (event.type === "held") return `${event.workload} is held: ${event.message}`;
  if (event.type === "finding") return `${event.finding.severity}: ${event.finding.message} ${event.finding.fix}`;
  if (event.type === "cancel") return `${event.by} asked it to stop.`;
  return null;
};

/** Where a deployment is, with what it said on the way. After a failure the way back is shown. */
export const Steps = ({ deployment, journal }: Detail) => {
  const last = new Map<string, { state: State; message: string }>();
  for (const { event } of journal)
    if (event.type === "step" && event.aim === deployment.aim)
      last.set(event.step, { state: event.state, message: event.message });
  const lines = journal.flatMap((entry) => {
    const text = logLine(entry);
    return text === null ? [] : [{ seq: entry.seq, text }];
  });
  return (
    <div className="card">
      <h3>
        Deployment {deployment.number}
        {deployment.aim === "fallback" ? ": the way back" : ""}
      </h3>
      <ol className="steps" aria-live="polite">
        {steps.map(([step, label]) => {
          const { state, message } = last.get(step) ?? { state: "waiting" as const, message: "" };
          return (
            <li key={step} className={state}>
              <span aria-hidden="true">{marks[state]}</span> <strong>{label}</strong>
              <span className="unseen"> ({state})</span> {message}
            </li>
          );
        })}
      </ol>
      {deployment.outcome === null ? null : <p>{deployment.outcome}</p>}
      {lines.length === 0 ? null : (
        <details>
          <summary>Log ({lines.length})</summary>
          <ul className="log">
            {lines.map(({ seq, text }) => (
              <li key={seq}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
};
