import { KeyrollError } from "@keyroll/contract/errors";

const bytesIn = (body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> => body;

/**
 * What is read of a body that is too large, in limits, before it is refused: a client that is still writing when the
 * connection closes would see a broken pipe instead of the answer.
 */
const drained = 4;

/**
 * The JSON of a request. No more than `limit` bytes are kept, and no more than four times as many are read.
 * @throws {KeyrollError} `unsupported_media_type`, `body_too_large`, `bad_request`.
 */
export const readBody = async (request: Request, limit: number): Promise<unknown> => {
  const type = request.headers.get("content-type") ?? "";
  const tooLarge = (): KeyrollError =>
    new KeyrollError("body_too_large", `The body is larger than ${limit} bytes.`, { limit, changed: false });
  if (request.body === null || request.headers.get("content-length") === "0") return {};
  if (!/^application\/json\s*(;|$)/iu.test(type))
    throw new KeyrollError("unsupported_media_type", "The body must be application/json.");
  if (Number(request.headers.get("content-length") ?? 0) > drained * limit) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytesIn(request.body)) {
    size += part.byteLength;
    if (size > drained * limit) throw tooLarge();
    if (size <= limit) parts.push(part);
  }
  if (size > limit) throw tooLarge();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the text, which may hold values.
    throw new KeyrollError("bad_request", "The body is not JSON in UTF-8.", { changed: false });
  }
};
