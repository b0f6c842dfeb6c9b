import { Buffer } from "node:buffer";
import type { LookupFunction } from "node:net";
import { lazyHttp } from "../egress/http.ts";
import { retryAfter } from "../egress/retry-after.ts";
import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../ports/secret-store.ts";
import { isBeforeSending, reasonOf } from "./vault/errors.ts";

/** One request of a provider's REST API. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with its query, from the root of the address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** What is done with what, for messages: ``GetSecretValue on `keyroll/shop/dev` ``. */
  readonly what: string;
  /** Whether a second arrival does no harm: then it is sent again when its answer was lost. */
  readonly repeats: boolean;
}

/** Of 200 to 299, or 400 to 499: what it means is the provider's business. */
export interface Reply {
  readonly status: number;
  /** Parsed JSON; null for anything else. */
  readonly body: unknown;
  /** The provider's clock. Epoch milliseconds, in whole seconds. */
  readonly date: number;
}

export interface Rest {
  /**
   * @throws {KeyrollError} `provider_throttled` and `provider_unreachable`: it was not carried out, or it only read;
   * `indeterminate` for a call that does not repeat and may have arrived.
   */
  ask(call: Call): Promise<Reply>;
}

export interface RestParts {
  readonly base: URL;
  readonly host: Pick<StoreHost, "clock" | "random" | "pacer">;
  /** The pacer's name for the quota that the calls share. */
  readonly bucket: string;
  /** The egress rules, for an address that a person entered. */
  readonly lookup?: LookupFunction;
  /** Headers that prove who asks; `fresh`: those of before were refused. */
  readonly authorize: (call: Call, body: string | null, fresh: boolean) => Promise<Readonly<Record<string, string>>>;
  /** A refusal that means "later", besides 429. */
  readonly isThrottled?: (reply: Reply) => boolean;
}

/** One call, in milliseconds. */
const deadline = 15_000;
const lostAttempts = 4;
const throttledAttempts = 8;
/** Bytes of one answer: far above the largest document of any provider that is asked here. */
const answerBytes = 4_194_304;

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytes)
      throw new KeyrollError("provider_unreachable", `The answer has more than ${answerBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

const parsed = (text: string): unknown => {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    // Something before the provider answered: the status says enough.
    return null;
  }
};

/** A provider's API over HTTP, paced, and repeated where repeating is safe. Redirects are not followed. */
export const createRest = ({ base, host, bucket, lookup, authorize, isThrottled }: RestParts): Rest => {
  const { clock, random, pacer } = host;
  const connect = { timeout: 10_000, ...(lookup === undefined ? {} : { lookup }) };
  const open = lazyHttp(connect);

  const send = async (call: Call, body: string | null, headers: Readonly<Record<string, string>>) => {
    const { request, dispatcher } = await open();
    const answer = await request(new URL(call.path, base), {
      method: call.method,
      dispatcher,
      signal: AbortSignal.timeout(deadline),
      headers: {
        accept: "application/json",
        "user-agent": "keyroll",
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...call.headers,
        ...headers,
      },
      body,
    });
    const { "retry-after": after, date: said } = answer.headers;
    const date = Date.parse(String(said)) || clock.now();
    const reply: Reply = { status: answer.statusCode, body: parsed(await textOf(answer.body)), date };
    return { reply, after: retryAfter(after, date) };
  };

  /** Full jitter, or as long as the provider says; at most ten seconds. */
  const pause = async (attempt: number, after: number): Promise<void> =>
    await clock.sleep(
      after > 0 ? Math.min(after * 1000, 10_000) : random.fraction() * Math.min(5000, 100 * 2 ** attempt),
    );

  const unknown = (call: Call, why: string, wasSent: boolean, cause?: unknown): KeyrollError =>
    wasSent && !call.repeats
      ? new KeyrollError("indeterminate", `${base.host} ${why}: ${call.what} may have been done.`, {}, { cause })
      : new KeyrollError("provider_unreachable", `${base.host} ${why}: ${call.what}.`, {}, { cause });

  return {
    ask: async (call) => {
      const body = call.body === undefined ? null : JSON.stringify(call.body);
      let fresh = false;
      for (let lost = 0, throttled = 0; ;) {
        await pacer.take(bucket);
        const headers = await authorize(call, body, fresh);
        let wait = 0;
        try {
          const { reply, after } = await send(call, body, headers);
          const isBusy = reply.status === 429 || isThrottled?.(reply) === true;
          if (reply.status === 401 && !fresh) {
            fresh = true;
            continue;
          }
          if (isBusy) {
            await pacer.throttled(bucket);
            throttled += 1;
            if (throttled >= throttledAttempts)
              throw new KeyrollError("provider_throttled", `${base.host} keeps throttling: ${call.what}.`, {
                changed: false,
                ...(after > 0 ? { retryAfter: after } : {}),
              });
          } else if (reply.status < 300 || (reply.status >= 400 && reply.status < 500)) return reply;
          else {
            lost += 1;
            if (!call.repeats || lost >= lostAttempts) throw unknown(call, `answered ${reply.status}`, true);
          }
          wait = after;
        } catch (error) {
          if (error instanceof KeyrollError) throw error;
          // The egress rules said no while connecting.
          if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
          lost += 1;
          const wasSent = !isBeforeSending(error);
          if ((wasSent && !call.repeats) || lost >= lostAttempts)
            throw unknown(call, `cannot be reached (${reasonOf(error)})`, wasSent, error);
        }
        await pause(lost + throttled, wait);
      }
    },
  };
};

/** Connections and tokens outlive the stores, which are opened anew for every request; `variables` are one process's. */
export const perProcess = <T>() => {
  const known = new WeakMap<ReadonlyMap<string, string>, Map<string, T>>();
  return (variables: ReadonlyMap<string, string>, name: string, make: () => T): T => {
    const here = known.get(variables) ?? new Map<string, T>();
    known.set(variables, here);
    const found = here.get(name) ?? make();
    here.set(name, found);
    return found;
  };
};
