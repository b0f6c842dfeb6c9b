import { KeyrollError } from "@keyroll/contract/errors";
import { limits, type Value } from "@keyroll/pairs";

/**
 * A file as a value, byte for byte: text where it is UTF-8 without NUL, else bytes that are flagged binary.
 *
 * @throws {KeyrollError} `limit_exceeded` for a file that no environment can hold
 */
export const readValueFile = async (file: Blob): Promise<Value> => {
  if (file.size > limits.totalBytes)
    throw new KeyrollError("limit_exceeded", `The file has ${file.size} bytes; all values together take 1 MiB.`, {
      limit: limits.totalBytes,
      actual: file.size,
    });
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.includes(0)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
};
