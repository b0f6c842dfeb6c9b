import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import { guardedLookup } from "../../egress/connect.ts";
import { createBearer } from "../../cloud/bearer.ts";
import { createRest, perProcess, type Call, type Reply, type Rest } from "../rest.ts";
import { grantOf } from "../../cloud/azure/token.ts";

/** The permissions on secrets, as an access policy names them. */
export type Right = "get" | "list" | "set" | "delete" | "recover" | "purge";

const version = "7.4";

/**
 * One call that uses a right; `path` may come with a query.
 * @param expected refusals (statuses) that the caller has a use for; every other one throws
 * @throws {KeyrollError} `provider_denied` naming the right, and as {@link Rest} does.
 */
export const call = async (
  rest: Rest,
  right: Right,
  method: Call["method"],
  path: string,
  options: { readonly body?: object; readonly expected?: readonly number[]; readonly repeats?: boolean } = {},
): Promise<Reply & { readonly body: Readonly<Record<string, unknown>> }> => {
  const { body, expected = [], repeats = true } = options;
  const [resource = ""] = path.split("?");
  const reply = await rest.ask({
    method,
    path: path.includes("api-version=") ? path : `${path}${path.includes("?") ? "&" : "?"}api-version=${version}`,
    ...(body === undefined ? {} : { body }),
    what: `${right} on \`${resource}\``,
    repeats,
  });
  if (reply.status < 300 || expected.includes(reply.status))
    return { ...reply, body: (reply.body ?? {}) as Record<string, unknown> };
  const code = (reply.body as { error?: { code?: unknown } } | null)?.error?.code;
  const said = typeof code === "string" && /^\w{1,40}$/u.test(code) ? `${reply.status} ${code}` : `${reply.status}`;
  throw new KeyrollError("provider_denied", `Key Vault refused ${right} on \`${resource}\` (${said}).`, {
    next: `Give the server's identity the permission \`${right}\` on secrets (role Key Vault Secrets Officer), and check the vault's firewall.`,
    changed: false,
  });
};

/** The vaults of each cloud, and what a token for them is for. */
const clouds: readonly (readonly [suffix: string, resource: string])[] = [
  [".vault.azure.net", "https://vault.azure.net"],
  [".vault.azure.cn", "https://vault.azure.cn"],
  [".vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"],
];

type Host = Pick<StoreHost, "clock" | "random" | "pacer" | "egress" | "variables">;

const connect = (vaultUrl: string, host: Host): Rest => {
  const base = new URL(vaultUrl);
  const cloud = clouds.find(
    ([suffix]) => base.protocol === "https:" && base.port === "" && base.hostname.endsWith(suffix),
  );
  const meant = host.variables.get("AZURE_KEYVAULT_URL");
  const isMeant = meant !== undefined && URL.canParse(meant) && new URL(meant).origin === base.origin;
  // The server's token opens every vault of its identity: whoever may make a connection cannot have it sent elsewhere.
  if (cloud === undefined && !isMeant)
    throw new KeyrollError("provider_denied", `${base.origin} is not one of Azure's vaults: no token is sent there.`, {
      field: "store.settings.vaultUrl",
      next: "Give an address such as https://my-vault.vault.azure.net, or set AZURE_KEYVAULT_URL of the server to this one.",
      changed: false,
    });
  const resource = cloud?.[1] ?? "https://vault.azure.net";
  const token = createBearer(host.clock, async () => await grantOf(host.variables, resource));
  return createRest({
    base,
    host,
    bucket: `azure:${base.host}`,
    lookup: guardedLookup(base, host.egress),
    authorize: async (_call, _body, fresh) => ({ authorization: `Bearer ${await token(fresh)}` }),
  });
};

const rests = perProcess<Rest>();

/** The client of a vault. @throws {KeyrollError} `provider_denied` for an address that is no vault. */
export const restOf = (vaultUrl: string, host: Host): Rest =>
  rests(host.variables, vaultUrl, () => connect(vaultUrl, host));
