import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { followEvents, type Client, type JournalEvent } from "@keyroll/sdk";
import type { Context, Place } from "./context.ts";
import { seconds } from "./format.ts";
import { createOutage, type Outage } from "./outage.ts";

export type Deployment = ReplyOf<Routes["deployments.get"]>["deployment"];

const pollEach = 5000;

const isOver = ({ state }: Deployment): boolean => state !== "queued" && state !== "active";

/**
 * Every journal entry of a deployment, once, in order, until it has ended. The stream only says that there is
 * something new, and every 5 s it is asked anyway: what is shown never depends on the stream.
 */
export const followDeployment = async (
  client: Client,
  place: Place,
  number: number,
  show: (entry: JournalEvent) => void,
  { signal, outage }: { readonly signal: AbortSignal; readonly outage: Outage },
): Promise<Deployment> => {
  let seen = 0;
  const catchUp = async (): Promise<Deployment> => {
    const { deployment, journal } = await client.call("deployments.get", {
      params: { ...place, deployment: String(number) },
    });
    outage.ended();
    for (const entry of journal) {
      if (entry.seq <= seen) continue;
      seen = entry.seq;
      show(entry);
    }
    return deployment;
  };
  const ended = new AbortController();
  let wake = (): void => undefined;
  let news = false;
  const ring = (): void => {
    news = true;
    wake();
  };
  const listen = async (): Promise<void> => {
    try {
      for await (const _ of followEvents(client, { ...place, signal: ended.signal })) ring();
    } catch {
      // Asking every 5 s goes on; what is really wrong, the next question says.
    }
  };
  void listen();
  signal.addEventListener("abort", ring);
  try {
    for (;;) {
      news = false;
      const deployment = await catchUp().catch((error: unknown) => {
        // A server that restarts goes on with the deployment; the command waits for it.
        if (signal.aborted || outage.began(error)) return null;
        throw error;
      });
      if (signal.aborted) throw new KeyrollError("unavailable", "Stopped watching.");
      if (deployment !== null && isOver(deployment)) return deployment;
      if (!news) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pollEach);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  } finally {
    signal.removeEventListener("abort", ring);
    ended.abort();
  }
};

const stepWords = {
  observe: "look at the cluster",
  render: "render the chart",
  preflight: "check",
  write: "write the Secret",
  settle: "let it settle",
  roll: "roll the app",
  prove: "prove",
  contract: "clean up",
} as const;

/** One line of a journal entry; null for what only programs need. Progress lines replace each other on a terminal. */
export const lineOf = ({ event }: JournalEvent): { readonly text: string; readonly passing: boolean } | null => {
  const lasting = (text: string) => ({ text, passing: false });
  switch (event.type) {
    case "step": {
      const back = event.aim === "fallback" ? "way back: " : "";
      if (event.state === "started") return { text: `${back}${stepWords[event.step]}…`, passing: true };
      return lasting(
        `${event.state === "done" ? "✓" : "✗"} ${back}${stepWords[event.step]}${event.message === "" ? "" : `: ${event.message}`}`,
      );
    }
    case "progress":
      return {
        text: `  ${event.workload}: ${event.updated} of ${event.wanted} updated, ${event.ready} ready`,
        passing: true,
      };
    case "trouble":
      return lasting(
        `  ${event.instance}${event.container === null ? "" : `/${event.container}`}: ${event.reason}${event.message === "" ? "" : `: ${event.message}`}`,
      );
    case "finding":
      return lasting(
        `  ${event.finding.severity}: ${event.finding.message}${event.finding.fix === "" ? "" : ` ${event.finding.fix}`}`,
      );
    case "held":
      return lasting(`  held: ${event.workload}: ${event.message}`);
    case "cancel":
      return lasting(`  ${event.by} asked it to stop.`);
    case "drift":
    case "log":
      return lasting(`  ${event.message}`);
    case "instance":
      return lasting(`  ${event.instance}: ${event.state} with revision ${event.revision}`);
    case "saved":
    case "described":
    case "requested":
    case "intent":
    case "finished":
  }
  return null;
};

/** Writes journal lines; on a terminal what passes is replaced by what follows. */
export const createPrinter = (
  context: Context,
): { readonly show: (entry: JournalEvent) => void; readonly end: () => void } => {
  let passing = false;
  const clear = (): void => {
    if (passing) context.err("\r\u001B[K");
    passing = false;
  };
  return {
    show: (entry) => {
      if (context.globals.json === true && entry.event.type === "step" && entry.event.state !== "started")
        context.json({ ...entry.event, type: "step", at: entry.at });
      const line = lineOf(entry);
      if (line === null || (line.passing && !context.terminal.talk)) return;
      clear();
      context.err(line.passing ? line.text : `${line.text}\n`);
      passing = line.passing;
    },
    end: clear,
  };
};

const exits = { running: 0, failed: 8, cancelled: 8, queued: 0, active: 0 } as const;

/** Watches a deployment to its end and says how it came out. */
export const watchDeployment = async (
  context: Context,
  client: Client,
  place: Place,
  number: number,
): Promise<number> => {
  const printer = createPrinter(context);
  const outage = createOutage((text) => {
    printer.end();
    context.say(text);
  });
  const stopped = new AbortController();
  const release = context.onStop(() => stopped.abort());
  try {
    const deployment = await followDeployment(client, place, number, printer.show, { signal: stopped.signal, outage });
    printer.end();
    const { startedAt, endedAt, state, goal, helmRevision, outcome } = deployment;
    const lasted = startedAt === null || endedAt === null ? null : endedAt - startedAt;
    if (context.globals.json === true)
      context.json({
        deployment: number,
        state,
        revision: goal.revision,
        helmRevision,
        seconds: lasted === null ? null : lasted / 1000,
        outcome,
      });
    context.say(
      `Deployment ${number} ${state === "running" ? "is done" : `has ${state === "failed" ? "failed" : "been cancelled"}`}${lasted === null ? "" : ` after ${seconds(lasted)}`}. ${outcome ?? ""}`.trimEnd(),
    );
    return state === "failed" && (await hasPreflightErrors(client, place, number)) ? 9 : exits[state];
  } catch (error) {
    printer.end();
    if (!stopped.signal.aborted) throw error;
    context.say(
      `Deployment ${number} goes on. Look at it: \`keyroll deployment ${number}\`; stop it: \`keyroll cancel ${number}\`.`,
    );
    return 8;
  } finally {
    release();
  }
};

const hasPreflightErrors = async (client: Client, place: Place, number: number): Promise<boolean> => {
  const { journal } = await client.call("deployments.get", { params: { ...place, deployment: String(number) } });
  return journal.some(({ event }) => event.type === "step" && event.step === "preflight" && event.state === "failed");
};
