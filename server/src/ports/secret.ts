import { inspect } from "node:util";

/**
 * One secret value in memory. Whatever prints, logs or serialises it gets `[secret]`;
 * the bytes come out only through `expose`, whose few callers are stores, the mirror
 * write, the encoder of asked-for replies and the bundle.
 */
export class Secret {
  readonly #bytes: Uint8Array;
  /** Whether the value was given as binary (base64) rather than text. */
  readonly binary: boolean;

  constructor(bytes: Uint8Array, binary: boolean) {
    this.#bytes = bytes;
    this.binary = binary;
  }

  /** Size in bytes. Not secret: shown beside the name everywhere. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  /** Lines of text, the last one also without its newline. Not secret either. */
  get lines(): number {
    let lines = this.#bytes.byteLength > 0 && this.#bytes.at(-1) !== 10 ? 1 : 0;
    for (const byte of this.#bytes) if (byte === 10) lines++;
    return lines;
  }

  /** The bytes themselves. Never keep, log or compare them outside the callers named above. */
  expose(): Uint8Array {
    return this.#bytes;
  }

  /** Whether both hold the same bytes and kind. Takes the same time wherever they differ. */
  equals(other: Secret): boolean {
    if (this.#bytes.byteLength !== other.#bytes.byteLength || this.binary !== other.binary) return false;
    let difference = 0;
    for (let i = 0; i < this.#bytes.byteLength; i++) {
      difference |= (this.#bytes[i] ?? 0) ^ (other.#bytes[i] ?? 0);
    }
    return difference === 0;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** A text value (UTF-8). */
export const secretText = (text: string): Secret => new Secret(new TextEncoder().encode(text), false);
