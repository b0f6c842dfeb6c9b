import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import type { KeyWrap, Witness } from "../../ports/key-wrap.ts";
import type { Random } from "../../ports/random.ts";

const version = 1;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** Metadata works, values do not: what throws, and the clause that says why. */
const closed = (problem: string, refusal: () => KeyrollError): KeyWrap => {
  const refuse = async (): Promise<never> => {
    throw refusal();
  };
  return { open: false, problem, wrap: refuse, unwrap: refuse, digest: refuse };
};

/** Without a master key. */
const sealedKeys = closed(
  "there is no master key",
  () => new KeyrollError("sealed", "There is no master key: values can be neither read nor written."),
);

const isAnotherKey = (cause: unknown): KeyrollError =>
  new KeyrollError(
    "integrity",
    "Something encrypted under the master key does not open: another key, or damaged data.",
    { next: "Give the master key that this database was written with." },
    { cause },
  );

/** AES-256-GCM under one key; version byte, nonce, ciphertext, tag. The context is authenticated, not stored. */
export const keyWrapOf = (key: Uint8Array, random: Pick<Random, "bytes">): KeyWrap => ({
  open: true,
  problem: null,
  wrap: async (plain, context) => {
    const nonce = random.bytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(`keyroll-wrap-${version}:${context}`));
    return new Uint8Array(
      Buffer.concat([Buffer.of(version), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    );
  },
  unwrap: async (wrapped, context) => {
    try {
      if (wrapped[0] !== version) throw new Error("unknown version");
      const decipher = createDecipheriv("aes-256-gcm", key, wrapped.subarray(1, 1 + nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(`keyroll-wrap-${version}:${context}`));
      decipher.setAuthTag(wrapped.subarray(-tagBytes));
      return new Uint8Array(
        Buffer.concat([decipher.update(wrapped.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]),
      );
    } catch (cause) {
      throw isAnotherKey(cause);
    }
  },
  digest: async (parts, context) => {
    const derived = hkdfSync("sha256", key, new Uint8Array(), `keyroll-digest-${version}:${context}`, keyBytes);
    const mac = createHmac("sha256", Buffer.from(derived));
    for (const part of parts) {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(part.byteLength);
      mac.update(size).update(part);
    }
    return mac.digest("base64url");
  },
});

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Makes the file for its owner alone, and has it on disk before anything is encrypted with it. */
const create = async (path: string, random: Pick<Random, "bytes">): Promise<Uint8Array> => {
  const key = random.bytes(keyBytes);
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o400);
  try {
    await file.writeFile(`${Buffer.from(key).toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return key;
};

const read = async (path: string): Promise<Uint8Array> => {
  const file = await open(path, constants.O_RDONLY);
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw new KeyrollError(
        "invalid",
        `The master key file may be read by others (mode ${(mode & 0o777).toString(8)}).`,
        {
          field: "KEYROLL_MASTER_KEY_FILE",
          limit: "0400",
          actual: (mode & 0o777).toString(8),
          next: "chmod 0400 it, and think about whether somebody has read it.",
        },
      );
    }
    const content = await file.readFile();
    const text = content.toString("latin1").trim();
    const key = content.byteLength === keyBytes ? content : Buffer.from(text, "base64");
    if (key.byteLength !== keyBytes || (content.byteLength !== keyBytes && !/^[A-Za-z0-9+/]{43}=$/u.test(text))) {
      throw new KeyrollError("invalid", "The master key file does not hold 32 bytes, or their base64.", {
        field: "KEYROLL_MASTER_KEY_FILE",
        limit: keyBytes,
        next: "Make one: head -c 32 /dev/urandom | base64 > FILE; chmod 0400 FILE",
      });
    }
    return new Uint8Array(key);
  } finally {
    await file.close();
  }
};

const witnessContext = "witness";

/** The key, if it is the one that this database was written with; a new database takes it as its own. */
const proven = async (key: Uint8Array, witness: Witness, random: Pick<Random, "bytes">): Promise<KeyWrap> => {
  const keys = keyWrapOf(key, random);
  const stands =
    (await witness.read()) ?? (await witness.keep(await keys.wrap(random.bytes(keyBytes), witnessContext)));
  try {
    await keys.unwrap(stands, witnessContext);
    return keys;
  } catch (error) {
    return closed("the master key is not the one that this database was written with", () => isAnotherKey(error));
  }
};

/**
 * The master key of a file. It is made at the first start when `mayCreate`; without it the server is sealed, and with
 * another than the database's it writes nothing either, so that no value is ever lost between two keys.
 * @throws {KeyrollError} `invalid` for a file that others can read, or that holds something else.
 */
export const openMasterKey = async (options: {
  readonly file: string;
  readonly mayCreate: boolean;
  readonly witness: Witness;
  readonly random: Pick<Random, "bytes">;
}): Promise<KeyWrap> => {
  const { file, witness, random } = options;
  try {
    await stat(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const isFirstStart = options.mayCreate && (await witness.read()) === null;
    return isFirstStart ? await proven(await create(file, random), witness, random) : sealedKeys;
  }
  return await proven(await read(file), witness, random);
};
