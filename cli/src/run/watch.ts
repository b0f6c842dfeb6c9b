import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { KeyrollError } from "@keyroll/contract/errors";
import { followEvents, type Client } from "@keyroll/sdk";
import type { Context, Place } from "../context.ts";
import { explain, toKeyrollError } from "../failure.ts";
import { endChild, passOn, startChild, type Child } from "./child.ts";

/** What is started: the environment is fetched anew for each start. */
export interface Watched {
  readonly argv: readonly string[];
  readonly keys: "all" | readonly string[];
  /** Follow saves instead of deployments. */
  readonly saved: boolean;
  fetch(): Promise<{ readonly revision: number; readonly env: Record<string, string> }>;
}

const reportEach = 10_000;
const pollEach = 5000;
/** How long a lost stream of events is waited for before what a report says is acted on. */
const lostFor = 30_000;

interface Running {
  readonly child: Child;
  readonly revision: number;
  readonly startedAt: number;
  exit: number | null;
}

/**
 * Keeps the command running with the values that are deployed: it is started again at each deployment, and reports
 * what it runs, so that deployments and `status` know. A server that is away, or that gives no values, changes nothing:
 * the command runs on.
 *
 * @returns the exit code of the command, when the person ends it
 */
export const runWatched = async (context: Context, client: Client, place: Place, watched: Watched): Promise<number> => {
  const instance = randomUUID();
  const stopped = new AbortController();
  const { signal } = stopped;
  let wake = (): void => undefined;
  let wanted: "restart" | "look" | null = null;
  let said = "";
  const ring = (what: "restart" | "look"): void => {
    wanted = wanted === "restart" ? "restart" : what;
    wake();
  };
  /** A deployment is on its way to the restart of what it changes. */
  let rolls = false;
  let lostSince: number | null = null;
  let current: Child | null = null;
  const release = context.standBy((signal) => {
    if (current !== null && !["SIGINT", "SIGTERM", "SIGHUP"].includes(signal))
      passOn(current, signal, context.terminal.input);
    else {
      stopped.abort();
      wake();
    }
  });

  const start = ({ revision, env }: Awaited<ReturnType<Watched["fetch"]>>): Running => {
    const child = startChild(watched.argv, env, context.cwd, context.say);
    current = child;
    const running: Running = { child, revision, startedAt: Date.now(), exit: null };
    context.say(`keyroll: revision ${revision} runs as process ${child.pid}.`);
    const notice = async (): Promise<void> => {
      running.exit = await child.ended;
      ring("look");
    };
    void notice();
    return running;
  };
  /** Reports what runs. Whether there is another revision for it, so that a missed event costs time and nothing else. */
  const report = async ({ child, revision, startedAt, exit }: Running): Promise<boolean> => {
    const { savedRevision, deployedRevision } = await client.call("instances.report", {
      params: { ...place, instance },
      body: {
        host: hostname().slice(0, 253),
        pid: Math.max(child.pid, 1),
        startedAt,
        revision,
        keys: watched.keys === "all" ? "all" : [...watched.keys],
        state: exit === null ? "running" : "stopped",
        exitCode: exit,
      },
    });
    // What is deployed may go back; of what is saved there can be more in the store than is recorded yet.
    if (watched.saved) return savedRevision > revision;
    // Written, and not rolled out yet: its time comes, and is not taken twice.
    if (rolls || Date.now() - (lostSince ?? 0) < lostFor) return false;
    return deployedRevision !== null && deployedRevision !== revision;
  };
  /** Once, however often it is asked in vain. */
  const tell = (error: KeyrollError): void => {
    if (error.message === said) return;
    said = error.message;
    context.say(explain(error));
    if (running.exit === null)
      context.say("keyroll: the command goes on with the values it has; they are asked for again every 10 s.");
  };
  const listen = async (): Promise<void> => {
    try {
      const onTrouble = (why: string | null): void => {
        lostSince = why === null ? null : Date.now();
      };
      for await (const entry of followEvents(client, { ...place, signal, onTrouble })) {
        const event = entry?.event;
        if (event?.type === "step" && event.state === "started") {
          rolls = event.step === "write" || event.step === "settle";
          if (!watched.saved && event.step === "roll") ring("restart");
        } else if (event === undefined || event.type === "finished" || (watched.saved && event.type === "saved")) {
          rolls = false;
          ring("look");
        }
      }
    } catch (error) {
      rolls = false;
      lostSince = null;
      if (!(error instanceof KeyrollError) || signal.aborted) return;
      if (error.exit === 3) tell(error);
      else context.say(`keyroll: ${error.message} Asking every 10 s instead.`);
    }
  };

  let running = start(await watched.fetch());
  let told = 0;
  let ended: number | null = null;
  void listen();
  try {
    while (!signal.aborted) {
      const what = wanted;
      let restartIsDue = what === "restart";
      let failure: KeyrollError | null = null;
      wanted = null;
      if (running.exit !== null && ended !== running.exit) {
        ended = running.exit;
        told = 0;
        context.say(
          `keyroll: the command has ended with ${running.exit}. It is started again at the next ${watched.saved ? "save" : "deployment"}; Ctrl-C ends.`,
        );
      }
      const begun = Date.now();
      try {
        if (what !== null || Date.now() - told >= reportEach) {
          if (await report(running)) restartIsDue = true;
          told = Date.now();
        }
        if (restartIsDue) {
          // Fetched first: when the values cannot be had, the old process goes on.
          const next = await watched.fetch();
          await endChild(running.child);
          running = start(next);
          ended = null;
          restartIsDue = false;
          await report(running);
        }
        if (told >= begun) said = "";
      } catch (error) {
        failure = toKeyrollError(error);
        if (restartIsDue) ring("restart");
      }
      // Whether the server is only away, which passes.
      const isRefused = failure !== null && failure.exit !== 7;
      if (failure !== null && isRefused) {
        tell(failure);
        // Nothing runs, and nothing that waiting would bring starts it again.
        if (failure.exit === 3 && running.exit !== null) break;
      }
      if ((wanted === null || failure !== null) && !signal.aborted)
        await new Promise<void>((resolve) => {
          const rest = (): void => {
            clearTimeout(timer);
            resolve();
          };
          const timer = setTimeout(rest, isRefused ? reportEach : pollEach);
          wake = () => {
            if (!isRefused || signal.aborted || running.exit !== ended) rest();
          };
        });
    }
    return await endChild(running.child);
  } finally {
    release();
    stopped.abort();
    if (running.exit === null) await endChild(running.child);
    await client.call("instances.remove", { params: { ...place, instance } }).catch(() => undefined);
  }
};
