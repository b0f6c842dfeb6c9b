/** CRC-32C (Castagnoli), which Secret Manager checks on arrival; node:zlib has only the other polynomial. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? 0x82_f6_3b_78 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** As the API writes it: a decimal number. */
export const crc32c = (bytes: Uint8Array): string => {
  let sum = 0xff_ff_ff_ff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return String((sum ^ 0xff_ff_ff_ff) >>> 0);
};
