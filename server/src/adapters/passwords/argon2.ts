import { Buffer } from "node:buffer";
import { argon2, createHash, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Passwords } from "../../ports/passwords.ts";
import type { Random } from "../../ports/random.ts";

const derive = promisify(argon2);
/** Second recommendation of RFC 9106 section 4: 64 MiB, 3 passes; one lane, because the machine serves others too. */
const cost = { memory: 65_536, passes: 3, parallelism: 1, tagLength: 32 };

const hashOf = async (password: string, nonce: Uint8Array): Promise<Buffer> =>
  await derive("argon2id", { message: Buffer.from(password.normalize("NFKC")), nonce, ...cost });

const format = /^\$argon2id\$v=19\$m=65536,t=3,p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/u;

/** argon2id of node:crypto. */
export const createPasswords = (random: Pick<Random, "bytes">): Passwords => ({
  hash: async (password) => {
    const nonce = Buffer.from(random.bytes(16));
    const tag = await hashOf(password, nonce);
    const plain = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
    return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(nonce)}$${plain(tag)}`;
  },
  verify: async (password, hash) => {
    const [, nonce = "AAAAAAAAAAAAAAAAAAAAAA", tag = ""] = format.exec(hash ?? "") ?? [];
    const made = await hashOf(password, Buffer.from(nonce, "base64"));
    const kept = Buffer.from(tag, "base64");
    return kept.byteLength === made.byteLength && timingSafeEqual(made, kept);
  },
  digest: (text) => new Uint8Array(createHash("sha256").update(text).digest()),
  digestBytes: (bytes) => createHash("sha256").update(bytes).digest("hex"),
});
