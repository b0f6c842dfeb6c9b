import { Buffer, isUtf8 } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { Secret } from "../../ports/secret.ts";
import { marks, type SecretAddress } from "./app-secrets.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, text } from "./json.ts";

/** Kinds of Secrets that belong to programs: nobody's configuration. */
const notPairs = /^(helm\.sh\/|bootstrap\.kubernetes\.io\/|kubernetes\.io\/service-account-token$)/u;

const secretOf = (base64: unknown): Secret => {
  const bytes = Buffer.from(typeof base64 === "string" ? base64 : "", "base64");
  return new Secret(new Uint8Array(bytes), !isUtf8(bytes) || bytes.includes(0));
};

/**
 * What a Secret holds, whoever made it.
 * @param whose the environment that asks, null: none; and the field of the request that named the Secret
 * @throws {KeyrollError} `not_found`; `invalid`: it holds no pairs, or those of another environment; the client's own.
 */
export const readNamed = async (
  client: KubeClient,
  address: SecretAddress,
  { environmentId, field }: { readonly environmentId: string | null; readonly field: string },
): Promise<ReadonlyMap<string, Secret>> => {
  const secret = await client.find(`/api/v1/namespaces/${address.namespace}/secrets/${address.name}`);
  const name = `${address.namespace}/${address.name}`;
  if (secret === null)
    throw new KeyrollError("not_found", `There is no Secret ${name}.`, {
      field,
      next: `\`kubectl get secrets -n ${address.namespace}\` lists them.`,
      changed: false,
    });
  const type = text(secret, "type") ?? "Opaque";
  if (notPairs.test(type))
    throw new KeyrollError("invalid", `The Secret ${name} is of type ${type}: it holds no pairs of an app.`, {
      field,
      changed: false,
    });
  const other = text(secret, "metadata", "annotations", marks.environment);
  if (other !== null && other !== environmentId)
    throw new KeyrollError("invalid", `The Secret ${name} belongs to another Keyroll environment.`, {
      field,
      next: "Copy its keys from that environment: they are saved there.",
      changed: false,
    });
  const data = at(secret, "data");
  return new Map(Object.entries(isJson(data) ? data : {}).map(([key, value]) => [key, secretOf(value)]));
};
