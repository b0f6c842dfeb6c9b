import type { JournalEvent } from "@keyroll/sdk";
import { useEffect, useRef } from "react";
import { Words } from "../../ui/words.tsx";
import "./deployments.css";

const textOf = ({ event }: JournalEvent): string | null => {
  switch (event.type) {
    case "requested":
      return `Requested by ${event.by}.`;
    case "step":
      return event.state === "started" ? `${event.step}…` : `${event.step} ${event.state}. ${event.message}`;
    case "drift":
    case "log":
    case "intent":
      return event.message;
    case "progress":
      return `${event.workload}: ${event.updated} of ${event.wanted} updated, ${event.ready} ready`;
    case "trouble":
      return `${event.instance}${event.container === null ? "" : ` / ${event.container}`}: ${event.reason} ${event.message}`;
    case "held":
      return `${event.workload} is held back: ${event.message}`;
    case "cancel":
      return `${event.by} asked it to stop.`;
    case "finding":
      return `${event.finding.severity}: ${event.finding.message}`;
    case "finished":
      return event.message;
    default:
      return null;
  }
};

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Everything that a deployment said, in order. While it is under way the end stays in sight, unless somebody scrolled up. */
export const Log = ({ journal }: { readonly journal: readonly JournalEvent[] }) => {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const length = journal.length;
  useEffect(() => {
    const element = list.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [length]);
  return (
    <div
      ref={list}
      className="log"
      role="log"
      aria-label="Log"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      <ol>
        {journal.map((entry) => {
          const text = textOf(entry);
          return text === null ? null : (
            <li key={entry.seq} className={`of-${entry.event.type}`}>
              <time dateTime={new Date(entry.at).toISOString()}>{clock.format(entry.at)}</time>{" "}
              <span>
                <Words text={text} />
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
};
