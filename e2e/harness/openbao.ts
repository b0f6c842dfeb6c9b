import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { createEgress } from "../../server/src/adapters/egress/egress.ts";
import { settings } from "../../server/src/adapters/stores/vault/settings.ts";
import { vault } from "../../server/src/adapters/stores/vault.ts";
import type { SecretStore, StoreHost, StoreScope } from "../../server/src/ports/secret-store.ts";
import { testHost } from "./store-host.ts";

const given = (name: string): string => {
  const found = process.env[name];
  if (found) return found;
  throw new Error(`${name} is not set: testbed/emulators up bao bao-raft && eval "$(testbed/emulators env)"`);
};

/** The OpenBao servers of the testbed: one in memory, one on disk as a raft node. */
export const openBao = () => ({
  memory: given("KEYROLL_BAO_ADDR"),
  raft: given("KEYROLL_BAO_RAFT_ADDR"),
  /** Its administrator's. */
  token: given("KEYROLL_BAO_TOKEN"),
});

/** One call as the administrator. @throws with the answer unless it is a success. */
export const administer = async (address: string, what: string, body?: unknown): Promise<any> => {
  const [method = "GET", path = ""] = what.split(" ");
  const answer = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { "x-vault-token": openBao().token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
};

/** A process with these variables, which has not signed in yet. */
export const hostWith = (variables: Readonly<Record<string, string>>, given: Partial<StoreHost> = {}): StoreHost => ({
  ...testHost(),
  egress: createEgress({ listensOnLoopback: true, allow: "" }),
  variables: new Map(Object.entries(variables)),
  ...given,
});

/** One with the administrator's token. */
export const administrator = (address: string): StoreHost =>
  hostWith({ VAULT_ADDR: address, VAULT_TOKEN: openBao().token });

/** A store of the server in memory, unless `given` says something else. */
export const openVault = (
  scope: StoreScope,
  host: StoreHost = administrator(openBao().memory),
  given: Readonly<Record<string, unknown>> = {},
): SecretStore => vault.open(settings.parse({ address: openBao().memory, ...given }), scope, host);

/** The error of a refusal. @throws when there is none. */
export const errorOf = async (what: Promise<unknown>): Promise<KeyrollError> => {
  try {
    throw new Error(`answered ${inspect(await what)}`);
  } catch (error) {
    if (error instanceof KeyrollError) return error;
    throw error;
  }
};
