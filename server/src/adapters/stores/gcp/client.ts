import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import { guardedLookup } from "../../egress/connect.ts";
import { createBearer } from "../../cloud/bearer.ts";
import { createRest, perProcess, type Call, type Rest } from "../rest.ts";
import { grantOf } from "../../cloud/gcp/token.ts";

export interface Answer {
  /** Google's name of a refusal, such as `NOT_FOUND`; null: it was carried out. */
  readonly refused: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The rights that the store uses, below `secretmanager.`. */
export type Right =
  | "secrets.create"
  | "secrets.get"
  | "secrets.update"
  | "secrets.delete"
  | "versions.add"
  | "versions.access"
  | "versions.list"
  | "versions.disable"
  | "versions.destroy";

const verbs: Readonly<Record<Right, Call["method"]>> = {
  "secrets.create": "POST",
  "secrets.get": "GET",
  "secrets.update": "PATCH",
  "secrets.delete": "DELETE",
  "versions.add": "POST",
  "versions.access": "GET",
  "versions.list": "GET",
  "versions.disable": "POST",
  "versions.destroy": "POST",
};

/**
 * One call that uses a right, on a path below `/v1/`.
 * @param expected refusals that the caller has a use for; every other one throws
 * @throws {KeyrollError} `provider_denied` naming the right, and as {@link Rest} does.
 */
export const call = async (
  rest: Rest,
  right: Right,
  path: string,
  options: { readonly body?: object; readonly expected?: readonly string[]; readonly repeats?: boolean } = {},
): Promise<Answer> => {
  const { body, expected = [], repeats = true } = options;
  const [resource = ""] = path.split("?");
  const { status, body: answer } = await rest.ask({
    method: verbs[right],
    path: `/v1/${path}`,
    ...(body === undefined ? {} : { body }),
    what: `${right} on \`${resource}\``,
    repeats,
  });
  const refused = status < 300 ? null : (nameOf(answer) ?? `status ${status}`);
  if (refused === null || expected.includes(refused))
    return { refused, body: (answer ?? {}) as Record<string, unknown> };
  const next =
    refused === "UNAUTHENTICATED"
      ? "Check the key that GOOGLE_APPLICATION_CREDENTIALS names, and the server's clock."
      : `Give the server's account \`secretmanager.${right}\`, and the service's account the use of the KMS key.`;
  throw new KeyrollError("provider_denied", `Google refused ${right} on \`${resource}\` (${refused}).`, {
    next,
    changed: false,
  });
};

const nameOf = (body: unknown): string | null => {
  const name = (body as { error?: { status?: unknown } } | null)?.error?.status;
  return typeof name === "string" && /^[A-Z_]{1,40}$/u.test(name) ? name : null;
};

type Host = Pick<StoreHost, "clock" | "random" | "pacer" | "egress" | "variables">;

const connect = (project: string, host: Host): Rest => {
  const given = host.variables.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER");
  const base = new URL(given ?? "https://secretmanager.googleapis.com");
  const token = createBearer(host.clock, async () => await grantOf(host.variables, host.clock));
  return createRest({
    base,
    host,
    bucket: `gcp:${project}`,
    ...(given === undefined ? { lookup: guardedLookup(base, host.egress) } : {}),
    authorize: async (_call, _body, fresh) => ({ authorization: `Bearer ${await token(fresh)}` }),
  });
};

const rests = perProcess<Rest>();

/** The client of a project, whose quota its calls share. */
export const restOf = (project: string, host: Host): Rest =>
  rests(host.variables, project, () => connect(project, host));
