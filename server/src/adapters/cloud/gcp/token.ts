import { Buffer } from "node:buffer";
import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Clock } from "../../../ports/clock.ts";
import { takeToken, type Grant } from "../bearer.ts";

const keyFile = z.object({
  type: z.literal("service_account"),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  token_uri: z.url().default("https://oauth2.googleapis.com/token"),
});

const scope = "https://www.googleapis.com/auth/cloud-platform";
/** Seconds that a grant asks for: the longest that Google gives. */
const life = 3600;

const refuse = (message: string, next: string): KeyrollError =>
  new KeyrollError("provider_denied", message, { next, changed: false });

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A grant that the account's own key signs (RFC 7523). */
const byKey = async (file: string, clock: Clock): Promise<Grant> => {
  const next = "Give the path of a service account's key in JSON form, readable by the server.";
  const text = await readFile(file, "utf8").catch(() => {
    throw refuse("The file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read.", next);
  });
  let key: z.output<typeof keyFile>;
  try {
    key = keyFile.parse(JSON.parse(text));
  } catch {
    // Without the cause: it may quote the key.
    throw refuse("The file that GOOGLE_APPLICATION_CREDENTIALS names is no service account's key.", next);
  }
  const at = Math.floor(clock.now() / 1000);
  const header = { alg: "RS256", typ: "JWT", ...(key.private_key_id === undefined ? {} : { kid: key.private_key_id }) };
  const claims = { iss: key.client_email, scope, aud: key.token_uri, iat: at, exp: at + life };
  const unsigned = `${encode(header)}.${encode(claims)}`;
  let signature: Buffer;
  try {
    signature = sign("RSA-SHA256", Buffer.from(unsigned), key.private_key);
  } catch {
    throw refuse("The key in the file that GOOGLE_APPLICATION_CREDENTIALS names cannot sign.", next);
  }
  return await takeToken({
    url: new URL(key.token_uri),
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: `${unsigned}.${signature.toString("base64url")}`,
    },
  });
};

/** The account of the machine or the pod. The host is in the server's own environment; nothing a person enters leads here. */
const byMetadata = async (host: string): Promise<Grant> =>
  await takeToken({
    url: new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`),
    headers: { "metadata-flavor": "Google" },
  });

/** A token for the server itself. @throws {KeyrollError} `provider_denied` when its environment names no way. */
export const grantOf = async (variables: ReadonlyMap<string, string>, clock: Clock): Promise<Grant> => {
  const file = variables.get("GOOGLE_APPLICATION_CREDENTIALS");
  if (file !== undefined) return await byKey(file, clock);
  const host = variables.get("GCE_METADATA_HOST");
  if (host !== undefined) return await byMetadata(host);
  throw refuse(
    "The server has neither GOOGLE_APPLICATION_CREDENTIALS nor GCE_METADATA_HOST in its environment.",
    "Start it with the path of a key, or, on Google Cloud, with GCE_METADATA_HOST=metadata.google.internal.",
  );
};
