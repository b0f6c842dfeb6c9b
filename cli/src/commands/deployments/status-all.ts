import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import type { Context } from "../../context.ts";
import { table, when } from "../../format.ts";

type One = ReplyOf<Routes["status.list"]>["items"][number];

/** In front of a row: something is wrong, somebody has to do something, it is not done yet, all is well. */
const signs = ["", ".", "!", "!!"] as const;

const byName = (a: One, b: One): number =>
  a.app < b.app ? -1 : a.app > b.app ? 1 : a.env < b.env ? -1 : a.env > b.env ? 1 : 0;
/** What needs somebody first. */
const worstFirst = (a: One, b: One): number => b.urgency - a.urgency || byName(a, b);

const figure = (number: number | null): string => (number === null ? "-" : String(number));

const instances = ({ counts }: One): string => {
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  return all === 0 ? "-" : `${counts.current} of ${all}`;
};

const rowOf = (one: One): string[] => [
  signs[one.urgency] ?? "",
  one.app,
  one.env,
  one.drift ? `${one.state}, drift` : one.state,
  String(one.saved),
  figure(one.inCluster),
  figure(one.running),
  instances(one),
  one.deployment === null ? "-" : `${one.deployment.number} ${one.deployment.state}`,
  one.waiting === null ? "-" : `${when(one.waiting.at)} ${one.waiting.by}`,
  one.observedAt === null ? "-" : when(one.observedAt),
];

const head = [
  "",
  "APP",
  "ENVIRONMENT",
  "STATE",
  "SAVED",
  "IN CLUSTER",
  "RUNNING",
  "INSTANCES",
  "DEPLOYMENT",
  "WAITS SINCE",
  "SEEN",
];

/** Each trouble once, however many environments it hides. */
const troublesOf = (all: readonly One[]): string[] => {
  const lines = new Map<string, { since: number; hidden: number }>();
  for (const { connection, trouble } of all) {
    if (trouble === null) continue;
    const line = `${connection}: ${trouble.message}`;
    const { since = trouble.since, hidden = 0 } = lines.get(line) ?? {};
    lines.set(line, { since: Math.min(since, trouble.since), hidden: hidden + 1 });
  }
  return [...lines].map(
    ([line, { since, hidden }]) => `${line} ${count(hidden, "environment")} cannot be seen since ${when(since)}.`,
  );
};

const totalsOf = (all: readonly One[]): string => {
  const states = new Map<string, number>();
  for (const { state } of all) states.set(state, (states.get(state) ?? 0) + 1);
  return `${count(all.length, "environment")}: ${[...states].map(([state, n]) => `${n} ${state}`).join(", ")}.`;
};

/** Every environment as it was last seen, worst first. The answer is the table: also a bad one ends with 0. */
export const statusAll = async (context: Context, others: Readonly<Record<string, unknown>>): Promise<number> => {
  const [field] = Object.entries(others).find(([, given]) => given !== undefined) ?? [];
  if (field !== undefined)
    throw new KeyrollError("bad_request", `--${field} is about one environment, --all about every one.`, {
      field,
      next: "Leave one of them out.",
    });
  const client = await context.client();
  const all = (await Array.fromAsync(client.all("status.list", {}))).toSorted(worstFirst);
  if (context.globals.json === true) {
    context.json({ environments: all });
    return 0;
  }
  if (all.length === 0) {
    context.say("There is no environment yet. Make one: `keyroll env create NAME --app APP …`.");
    return 0;
  }
  context.out(table(head, all.map(rowOf)));
  for (const line of troublesOf(all)) context.say(line);
  context.say(totalsOf(all));
  return 0;
};
