import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { reasonOf } from "./errors.ts";

/** The three parts of a signed token; what else a file may hold is not sent anywhere. */
const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/u;
/** Characters; a large token has two thousand. */
const longest = 32_768;

/** @throws {KeyrollError} `provider_denied` naming the file, and nothing of what is in it. */
export const tokenIn = async (file: string): Promise<string> => {
  const refusal = (what: string): KeyrollError =>
    new KeyrollError("provider_denied", `The server signs in with the token in ${file}, and that file ${what}.`, {
      next: "In a pod, mount a (projected) service account token; else name the file in KEYROLL_VAULT_KUBERNETES_TOKEN_FILE or KEYROLL_VAULT_JWT_FILE of the server.",
      changed: false,
    });
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const code = reasonOf(error);
    throw refusal(code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
  });
  const token = text.trim();
  if (token.length > longest || !shape.test(token)) throw refusal("does not hold one signed token (a JWT)");
  return token;
};

/** When it is over by its own words, unverified: to say why a login was refused. Epoch milliseconds; null: not said. */
export const endOf = (token: string): number | null => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const end = (claims as { exp?: unknown } | null)?.exp;
    return typeof end === "number" ? end * 1000 : null;
  } catch {
    return null;
  }
};
