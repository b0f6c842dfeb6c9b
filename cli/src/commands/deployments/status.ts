import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { followEvents, type Client } from "@keyroll/sdk";
import type { Verb } from "../../command.ts";
import type { Context, Place } from "../../context.ts";
import { table, when } from "../../format.ts";
import { createOutage } from "../../outage.ts";
import { revisionNumber } from "../secrets/get.ts";
import { statusAll } from "./status-all.ts";

interface Options {
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly revision?: string;
  readonly timeout: string;
}

type Status = ReplyOf<Routes["status.get"]>;

const figure = (revision: number | null): string => (revision === null ? "-" : String(revision));

const render = (status: Status, place: Place): string => {
  const rows = status.workloads.flatMap(({ kind, name, held, note, instances }) =>
    instances.length === 0
      ? [[`${kind}/${name}`, "-", "-", held === null ? "no instances" : "held", held ?? note ?? ""]]
      : instances.map((one) => [
          `${kind}/${name}`,
          `${one.name}${one.container === null ? "" : `/${one.container}`}`,
          `${figure(one.revision)}${one.unchangedSince !== null && one.unchangedSince !== one.revision ? ` (its keys unchanged since ${one.unchangedSince})` : ""}`,
          `${one.verdict}${one.evidence === null ? "" : ` (evidence ${one.evidence})`}`,
          one.reason,
        ]),
  );
  const head = `${place.app} / ${place.env}: ${status.sentence}\nsaved ${status.saved}  in cluster ${figure(status.inCluster)}  running ${figure(status.running)}\n${driftLine(status)}`;
  return rows.length === 0 ? head : `${head}${table(["WORKLOAD", "INSTANCE", "REVISION", "VERDICT", "REASON"], rows)}`;
};

/** What others changed; nothing when nobody did. */
const driftLine = ({ drift }: Status): string =>
  drift.sentence === null
    ? ""
    : `drift: ${drift.sentence} ${drift.pausedUntil === null ? "Look at it: `keyroll drift`." : `Paused until ${when(drift.pausedUntil)}.`}\n`;

const toJson = ({ saved, inCluster, running, state, sentence, drift, workloads }: Status): object => ({
  saved,
  inCluster,
  running,
  state,
  sentence,
  drift: drift.entries,
  workloads: workloads.map(({ kind, name, held, note, instances }) => ({ kind, name, held, note, instances })),
});

/** Node's clocks count no further, and what is set for later rings at once. */
const longest = 24 * 86_400_000;

/** `90s`, `5m`, `1h`; milliseconds. */
const duration = (text: string): number => {
  const [, amount = "", unit = "s"] = /^(\d{1,6})(s|m|h)?$/u.exec(text) ?? [];
  if (amount === "") throw new KeyrollError("bad_request", "--timeout takes 90s, 5m or 1h.", { field: "timeout" });
  const time = Number(amount) * ({ s: 1000, m: 60_000, h: 3_600_000 } as const)[unit as "s" | "m" | "h"];
  if (time > longest)
    throw new KeyrollError("bad_request", "--timeout is at most 24 days, 576h.", { field: "timeout" });
  return time;
};

/** Looks again at every event, and every 5 s. Once it has been seen, a server that is away is waited for. */
const looks = async function* (
  context: Context,
  client: Client,
  place: Place,
  { signal, wasSeen: seen = false }: { readonly signal: AbortSignal; readonly wasSeen?: boolean },
): AsyncGenerator<Status> {
  const outage = createOutage(context.say);
  let wasSeen = seen;
  let wake = (): void => undefined;
  let news = true;
  const ring = (): void => {
    news = true;
    wake();
  };
  const listen = async (): Promise<void> => {
    try {
      for await (const _ of followEvents(client, { ...place, signal })) ring();
    } catch {
      // The clock goes on.
    }
  };
  void listen();
  signal.addEventListener("abort", ring);
  while (!signal.aborted) {
    news = false;
    const status = await client.call("status.get", { params: place, signal }).catch((error: unknown) => {
      if (signal.aborted || (wasSeen && outage.began(error))) return null;
      throw error;
    });
    if (status !== null) {
      outage.ended();
      wasSeen = true;
      yield status;
    }
    if (news) continue;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 5000);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
};

/** Whether every instance runs the wanted revision, or a newer one. */
const isThere = (status: Status, wanted: number): boolean =>
  status.running !== null && status.running >= wanted && status.state === "running";

const waitFor = async (context: Context, client: Client, place: Place, options: Options): Promise<number> => {
  const stopped = new AbortController();
  const release = context.onStop(() => stopped.abort());
  const limit = setTimeout(() => stopped.abort(), duration(options.timeout));
  try {
    // However short the time is: what was seen last is said at its end.
    let last = await client.call("status.get", { params: place });
    const wanted = options.revision === undefined ? last.saved : revisionNumber(options.revision);
    if (wanted === 0)
      throw new KeyrollError("not_found", "Nothing is saved yet: there is nothing to wait for.", {
        next: "Save and deploy first.",
      });
    if (!isThere(last, wanted)) {
      for await (const status of looks(context, client, place, { signal: stopped.signal, wasSeen: true })) {
        last = status;
        if (isThere(status, wanted)) break;
      }
    }
    if (context.globals.json === true) context.json(toJson(last));
    else context.out(render(last, place));
    if (isThere(last, wanted)) return 0;
    context.say(`Revision ${wanted} does not run everywhere after ${options.timeout}.`);
    return 8;
  } finally {
    clearTimeout(limit);
    stopped.abort();
    release();
  }
};

const watch = async (context: Context, client: Client, place: Place): Promise<void> => {
  const stopped = new AbortController();
  const release = context.onStop(() => stopped.abort());
  let shown = "";
  try {
    for await (const status of looks(context, client, place, { signal: stopped.signal })) {
      const text = context.globals.json === true ? JSON.stringify(toJson(status)) : render(status, place);
      if (text === shown) continue;
      shown = text;
      if (context.globals.json === true) context.json(toJson(status));
      else context.out(context.terminal.output ? `\u001B[H\u001B[2J${text}` : `${text}\n`);
    }
  } finally {
    stopped.abort();
    release();
  }
};

export const status: Verb = (command, act) => {
  command
    .option("--all", "every environment that you may see, as it was last seen, worst first")
    .option("--watch", "show every change until Ctrl-C")
    .option("--wait", "end when every instance runs the revision; 8 when the time is over")
    .option("--revision <n>", "with --wait; default: the newest saved one")
    .option("--timeout <duration>", "with --wait", "5m")
    .description("What is saved, what is in the cluster, and what every pod runs, with the evidence.")
    .action(
      act(async (context, options: Options) => {
        const { app, env } = context.globals;
        const { watch: watched, wait, revision } = options;
        if (options.all === true) return await statusAll(context, { app, env, watch: watched, wait, revision });
        const place = await context.place();
        const client = await context.client();
        if (options.wait === true) return await waitFor(context, client, place, options);
        if (options.watch === true) {
          await watch(context, client, place);
          return 0;
        }
        const now = await client.call("status.get", { params: place });
        if (context.globals.json === true) context.json(toJson(now));
        else context.out(render(now, place));
        return 0;
      }),
    );
};
