/** Letters that a random value can be made of. */
export const alphabets = {
  "letters and digits": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  "hex digits": "0123456789abcdef",
  "URL-safe (base64url)": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  "letters, digits and signs": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%+,-./:;=?@_~",
} as const;

export type AlphabetName = keyof typeof alphabets;

/** Entropy of a random value in bits, rounded down. */
export const bitsOf = (length: number, alphabet: string): number => Math.floor(length * Math.log2(alphabet.length));

/**
 * A random text of `length` letters, each with the same chance: bytes beyond the largest multiple of the alphabet's
 * size are thrown away instead of being folded onto its first letters.
 *
 * @param fill fills an array with random bytes, as `crypto.getRandomValues` does
 */
export const randomValue = (
  length: number,
  alphabet: string,
  fill: (bytes: Uint8Array<ArrayBuffer>) => void,
): string => {
  const fair = 256 - (256 % alphabet.length);
  const letters: string[] = [];
  const bytes = new Uint8Array(new ArrayBuffer(64));
  while (letters.length < length) {
    fill(bytes);
    for (const byte of bytes)
      if (byte < fair && letters.length < length) letters.push(alphabet.charAt(byte % alphabet.length));
  }
  bytes.fill(0);
  return letters.join("");
};
