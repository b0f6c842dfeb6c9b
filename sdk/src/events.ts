import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Client } from "./client.ts";
import { pause } from "./pause.ts";

/** One entry of an environment's journal. */
export type JournalEvent = Extract<ReplyOf<Routes["events.stream"]>, { readonly event: unknown }>;

export interface EventOptions {
  readonly app: string;
  readonly env: string;
  /** The sequence after which to begin; absent: from now on. */
  readonly after?: number;
  /**
   * Without `after`: milliseconds since what is known was asked for, so that a stream can tell whether it begins too late
   * for it. Absent: it does, so the stream of an environment whose journal is not empty begins with null.
   */
  readonly knownFor?: () => number;
  readonly signal?: AbortSignal;
  /** Milliseconds of silence after which a stream counts as lost; three of the server's signs of life when absent. */
  readonly silence?: number;
  /** Told when the stream was lost (a sentence) and when it is there again (null). */
  readonly onTrouble?: (why: string | null) => void;
}

/** A connection that dies without a word (a laptop that slept, a gateway that forgot it) never answers. */
const unlessSilent = async <T>(answer: Promise<T>, milliseconds: number): Promise<T> => {
  const silent = Promise.withResolvers<never>();
  const lost = new KeyrollError("provider_unreachable", "The stream of events was silent for too long.");
  const timer = setTimeout(() => silent.reject(lost), milliseconds);
  try {
    return await Promise.race([answer, silent.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Splits a stream of server-sent events into their fields. */
const messages = async function* (
  body: ReadableStream<Uint8Array>,
  silence: number,
): AsyncGenerator<{ event: string; id: string; data: string }> {
  const decoder = new TextDecoder();
  let rest = "";
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await unlessSilent(reader.read(), silence);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n")) {
        const message = { event: "message", id: "", data: "" };
        for (const line of rest.slice(0, end).split("\n")) {
          const [, name = "", value_ = ""] = /^(event|id|data): ?(.*)$/u.exec(line) ?? [];
          if (name === "data") message.data += value_;
          else if (name === "event") message.event = value_;
          else if (name === "id") message.id = value_;
        }
        rest = rest.slice(end + 2);
        yield message;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
};

/** What the stream begins with says how old the journal's newest entry is. */
const mayHaveMissed = (
  { event, data }: { readonly event: string; readonly data: string },
  { knownFor }: EventOptions,
): boolean => {
  if (event !== "start") return false;
  const { age } = JSON.parse(data) as { readonly age: number | null };
  return age !== null && age <= (knownFor?.() ?? Infinity);
};

/**
 * The journal as it grows. A lost stream is taken up again where it stood, after 1, 2, 4, at most 5 seconds. A
 * `null` says that entries were skipped, or came before the stream and after what is known: read the state anew.
 *
 * @throws what cannot heal by waiting: not signed in, not allowed, not found
 */
export const followEvents = async function* (
  client: Client,
  options: EventOptions,
): AsyncGenerator<JournalEvent | null> {
  const { app, env, signal } = options;
  let last = options.after === undefined ? null : String(options.after);
  let wait = 1000;
  let lost = false;
  const ended = (): boolean => signal?.aborted ?? false;
  while (!ended()) {
    try {
      const call = { params: { app, env }, ...(signal === undefined ? {} : { signal }) };
      const answer = await client.open("events.stream", call, {
        accept: "text/event-stream",
        ...(last === null ? {} : { "last-event-id": last }),
      });
      const isFirst = last === null;
      if (answer.body === null) throw new KeyrollError("unavailable", "The stream of events has no body.");
      if (lost) options.onTrouble?.(null);
      lost = false;
      for await (const message of messages(answer.body, options.silence ?? 45_000)) {
        wait = 1000;
        if (message.id !== "") last = message.id;
        if (message.event === "reset" || (isFirst && mayHaveMissed(message, options))) yield null;
        else if (message.event === "journal") yield JSON.parse(message.data) as JournalEvent;
      }
    } catch (error) {
      if (ended()) return;
      if (error instanceof KeyrollError && error.exit !== 7 && error.exit !== 1) throw error;
      if (!lost) options.onTrouble?.(error instanceof Error ? error.message : "The stream of events broke off.");
      lost = true;
    }
    await pause(wait, signal);
    wait = Math.min(wait * 2, 5000);
  }
};
