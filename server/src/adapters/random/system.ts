import { Buffer } from "node:buffer";
import { randomBytes, randomInt } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";

/** Crockford's base 32 in lower case: no i, l, o, u. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** 48 bits of time and 80 random bits (the shape of a ULID); later ids of one process sort later. */
export const createSystemRandom = (clock: Clock): Random => {
  let last = 0;
  let tail = Buffer.alloc(10);
  const next = (): void => {
    const now = clock.now();
    if (now > last) {
      last = now;
      tail = randomBytes(10);
      return;
    }
    // The same millisecond (or a clock that went back): count on.
    for (let i = tail.length - 1; i >= 0; i--) {
      const digit = ((tail[i] ?? 0) + 1) % 256;
      tail[i] = digit;
      if (digit !== 0) return;
    }
  };
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    fraction: () => randomInt(2 ** 47) / 2 ** 47,
    id: () => {
      next();
      let number = (BigInt(last) << 80n) | BigInt(`0x${tail.toString("hex")}`);
      let text = "";
      for (let i = 0; i < 26; i++) {
        text = digits.charAt(Number(number & 31n)) + text;
        number >>= 5n;
      }
      return text;
    },
  };
};
