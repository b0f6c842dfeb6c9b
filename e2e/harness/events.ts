import { bootstrapToken, type TestServer } from "./server.ts";

/** One line of a journal, as an event stream brought it. */
export interface Line {
  readonly seq: number;
  readonly deployment: string | null;
  readonly event: any;
}

/** An open event stream of an environment. */
export interface Stream {
  /** Every line so far, in the order of its arrival. */
  readonly lines: readonly Line[];
  /** How often it was told to read the state anew. */
  readonly resets: number;
  /** The first line that `wanted` accepts, now or when it comes. @throws when the stream ends, or the time is over. */
  until(wanted: (line: Line) => boolean, seconds?: number): Promise<Line>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

interface From {
  readonly after?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens the stream of `base` (`/apps/…/environments/…`); resolves when the server has answered. */
export const openStream = async (
  server: Pick<TestServer, "url">,
  base: string,
  { after, headers = { authorization: `Bearer ${bootstrapToken}` } }: From = {},
): Promise<Stream> => {
  const leave = new AbortController();
  const query = after === undefined ? "" : `?after=${after}`;
  const answer = await fetch(`${server.url}/api/v1${base}/events${query}`, { headers, signal: leave.signal });
  if (answer.status !== 200 || answer.body === null) throw new Error(`no stream: ${answer.status}`);
  const lines: Line[] = [];
  let resets = 0;
  let over = false;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const wake of waiting) wake();
  };
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        if (part.includes("event: reset")) resets += 1;
        const data = /^event: journal\ndata: (.*)$/mu.exec(part)?.[1] ?? /^data: (\{.*"seq".*)$/mu.exec(part)?.[1];
        if (data !== undefined) lines.push(JSON.parse(data));
      }
      look();
    }
  };
  const follow = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    await read(body).catch(() => undefined);
    over = true;
    look();
  };
  const ended = follow(answer.body);
  return {
    lines,
    get resets() {
      return resets;
    },
    until: async (wanted, seconds = 30) =>
      await new Promise<Line>((resolve, reject) => {
        const fail = (why: string): void => {
          waiting.delete(check);
          clearTimeout(timer);
          reject(new Error(`${why}: ${JSON.stringify(lines.slice(-5))}`));
        };
        const timer = setTimeout(() => fail(`not in ${seconds} s`), seconds * 1000);
        const check = (): void => {
          const found = lines.find(wanted);
          if (found !== undefined) {
            waiting.delete(check);
            clearTimeout(timer);
            resolve(found);
          } else if (over) fail("the stream has ended");
        };
        waiting.add(check);
        check();
      }),
    ended,
    close: () => leave.abort(),
  };
};

/** The steps of a deployment that were done, in order, and how it ended. @throws when lines are missing or twice. */
export const accountOf = (lines: readonly Line[], deployment: string): { steps: string[]; finished: string[] } => {
  const own = lines.filter((line) => line.deployment === deployment);
  const last = own.at(-1);
  const finished = own.filter(({ event }) => event.type === "finished").map(({ event }) => event.state);
  if (finished.length > 0 && last?.event.type !== "finished")
    throw new Error(`written after its end: ${JSON.stringify(last)}`);
  return {
    steps: own.filter(({ event }) => event.type === "step" && event.state === "done").map(({ event }) => event.step),
    finished,
  };
};

/** Whether the lines' numbers follow each other without a gap. */
export const isGapless = (lines: readonly Line[]): boolean =>
  lines.every(({ seq }, at) => at === 0 || seq === (lines[at - 1]?.seq ?? 0) + 1);
