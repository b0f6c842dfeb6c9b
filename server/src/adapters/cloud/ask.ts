import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Egress } from "../../ports/egress.ts";
import { guardedLookup } from "../egress/connect.ts";
import { lazyHttp } from "../egress/http.ts";
import { reasonOf } from "../stores/vault/errors.ts";

/** One question to the API by which a cloud manages what it runs. */
export interface Question {
  /** The cloud's own address. */
  readonly usual: string;
  /** Another one, of the operator's own environment: the egress rules are for what people enter. */
  readonly given: string | undefined;
  readonly path: string;
  readonly token: string;
  /** What is asked of what, for messages. */
  readonly what: string;
}

export interface CloudAnswer {
  readonly status: number;
  /** Parsed JSON; null for anything else. */
  readonly body: unknown;
}

/** The whole answer, in milliseconds. */
const deadline = 15_000;
/** Bytes: a cluster with many node pools takes a tenth of it. */
const answerBytes = 4_194_304;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/**
 * Asks once; nothing is changed by it, and redirects are not followed.
 * @throws {KeyrollError} `provider_unreachable`, also for 429 and statuses from 500 on; `invalid` where the egress rules say no.
 */
export const askCloud = async (question: Question, egress: Egress): Promise<CloudAnswer> => {
  const { usual, given, path, token, what } = question;
  const base = new URL(given ?? usual);
  const failed = (why: string, cause?: unknown): KeyrollError =>
    new KeyrollError(
      "provider_unreachable",
      `${base.host} ${why}: ${what}.`,
      { next: "Check the server's network, and try again.", changed: false },
      { cause },
    );
  const open = lazyHttp(given === undefined ? { lookup: guardedLookup(base, egress) } : {});
  const { request, dispatcher } = await open();
  try {
    const answer = await request(new URL(path, base), {
      method: "GET",
      dispatcher,
      signal: AbortSignal.timeout(deadline),
      headers: { accept: "application/json", "user-agent": "keyroll", authorization: `Bearer ${token}` },
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > answerBytes) throw failed(`answers with more than ${answerBytes} bytes`);
      chunks.push(chunk);
    }
    const { statusCode: status } = answer;
    if (status === 429 || status >= 500) throw failed(`answered ${status}`);
    return { status, body: parsed(Buffer.concat(chunks).toString("utf8")) };
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
    throw failed(`cannot be reached (${reasonOf(error)})`, error);
  } finally {
    await dispatcher.destroy();
  }
};
