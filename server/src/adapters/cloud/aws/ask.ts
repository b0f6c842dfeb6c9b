import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import type { Clock } from "../../../ports/clock.ts";
import type { Egress } from "../../../ports/egress.ts";
import { guardedLookup } from "../../egress/connect.ts";
import { lazyHttp } from "../../egress/http.ts";
import { failureOf } from "./sdk.ts";
import type { Role } from "./settings.ts";
import { signerOf } from "./signer.ts";

export interface AskHost {
  readonly clock: Clock;
  readonly egress: Egress;
  readonly variables: ReadonlyMap<string, string>;
}

/** One request to a service of AWS. */
export interface Question {
  /** As signatures name it, such as `eks`. */
  readonly service: string;
  readonly region: string;
  readonly role: Role | null;
  /** AWS's own address of it. */
  readonly address: string;
  /** The variable by which an operator names another one. */
  readonly variable: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The right and what it is on, for errors. */
  readonly what: string;
  /** What the caller gave that leads there. */
  readonly field: string;
  /** What to do when there are no credentials, or no answer. */
  readonly next: { readonly unsigned: string; readonly silent: string };
}

/** The whole answer, in milliseconds. */
const deadline = 15_000;

/**
 * Signed as the role, or as the server itself, and sent once. A service that is asked one thing needs no client of its
 * own. The body is null when it is no JSON.
 * @throws {KeyrollError} `provider_denied` without credentials, or for a role that cannot be assumed;
 * `provider_unreachable` without an answer; nothing was changed.
 */
export const ask = async (
  { service, region, role, address, variable, method, path, headers, body, what, field, next }: Question,
  { clock, egress, variables }: AskHost,
): Promise<{ readonly status: number; readonly body: unknown }> => {
  const given = variables.get(variable);
  const base = new URL(given ?? address);
  const fail = (code: ErrorCode, why: string, step: string) =>
    new KeyrollError(code, why, { field, next: step, changed: false });

  const payload = body === undefined ? {} : { body };
  let signed: Readonly<Record<string, string>>;
  try {
    ({ headers: signed } = await (
      await signerOf(service, region, role)
    ).sign(
      {
        method,
        path,
        protocol: base.protocol,
        hostname: base.hostname,
        headers: { ...headers, host: base.host },
        ...payload,
      },
      { signingDate: new Date(clock.now()) },
    ));
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    const { reason } = failureOf(error);
    throw fail("provider_denied", `The server has no AWS credentials for ${what} (${reason}).`, next.unsigned);
  }

  // An address that the operator gave is the operator's business.
  const open = lazyHttp(given === undefined ? { lookup: guardedLookup(base, egress) } : {});
  const { request, dispatcher } = await open();
  try {
    const signal = AbortSignal.timeout(deadline);
    const answer = await request(new URL(path, base), { method, dispatcher, headers: signed, signal, ...payload });
    return { status: answer.statusCode, body: await answer.body.json().catch(() => null) };
  } catch (error) {
    if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
    const { reason } = failureOf(error);
    throw fail("provider_unreachable", `${base.host} gives no answer to ${what} (${reason}).`, next.silent);
  } finally {
    await dispatcher.close();
  }
};
