import { KubeGone, parsed } from "./answers.ts";
import { isJson, type Json } from "./json.ts";

const opening = Buffer.from('"items":[');
const fields = Buffer.from('"managedFields":');
const signs = { quote: 0x22, list: 0x5b, slash: 0x5c, endOfList: 0x5d, object: 0x7b, endOfObject: 0x7d };

/** Where an item ends, and where the list of its managed fields begins and ends. */
interface Extent {
  readonly end: number;
  readonly fields: readonly [number, number] | null;
}

/** Of the item that begins here; null: it does not end. In UTF-8 no byte of a longer sign is one of these. */
const extentOf = (body: Buffer, from: number): Extent | null => {
  let depth = 0;
  let isText = false;
  let start = -1;
  let found: Extent["fields"] = null;
  for (let at = from; at < body.length; at++) {
    const sign = body[at];
    if (isText) {
      if (sign === signs.slash) at += 1;
      else if (sign === signs.quote) isText = false;
    } else if (sign === signs.quote) isText = true;
    else if (sign === signs.object || sign === signs.list) {
      if (depth === 2 && sign === signs.list && body.subarray(at - fields.length, at).equals(fields)) start = at;
      depth += 1;
    } else if (sign === signs.endOfObject || sign === signs.endOfList) {
      depth -= 1;
      if (depth === 2 && start !== -1) {
        found = [start, at + 1];
        start = -1;
      }
      if (depth === 0) return { end: at + 1, fields: found };
    }
  }
  return null;
};

/**
 * The item's text without who owns which of its fields, which is more than half of most metadata: it is neither decoded nor
 * parsed.
 */
const leanText = (body: Buffer, from: number, { end, fields: left }: Extent): string =>
  left === null
    ? body.toString("utf8", from, end)
    : `${body.toString("utf8", from, left[0])}[]${body.toString("utf8", left[1], end)}`;

/** What has come and is not used yet, in one place for all of it: a new one for each part would be as much as the answer. */
class Held {
  #room = Buffer.allocUnsafeSlow(128 * 1024);
  #length = 0;
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }
  add(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#room.length) {
      const larger = Buffer.allocUnsafeSlow(2 * length);
      this.#room.copy(larger, 0, 0, this.#length);
      this.#room = larger;
    }
    this.#room.set(part, this.#length);
    this.#length = length;
  }
  drop(count: number): void {
    this.#room.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}

/**
 * Reads a list's answer item by item, as it comes: neither its text, nor the objects, which weigh several times that, are
 * ever there together. Items come with empty `managedFields`.
 * @returns the answer without its items; null when it is not JSON
 */
export const eachItem = async (body: AsyncIterable<Uint8Array>, each: (item: Json) => void): Promise<unknown> => {
  /** What came before the items; null: they have not begun. */
  let head: string | null = null;
  let isOver = false;
  const held = new Held();
  for await (const part of body) {
    held.add(part);
    if (head === null) {
      const start = held.bytes.indexOf(opening);
      if (start === -1) continue;
      head = held.bytes.toString("utf8", 0, start + opening.length);
      held.drop(start + opening.length);
    }
    const { bytes } = held;
    let at = 0;
    while (!isOver && at < bytes.length) {
      if (bytes[at] === signs.endOfList) isOver = true;
      // A comma or a line's end.
      else if (bytes[at] !== signs.object) at += 1;
      else {
        const extent = extentOf(bytes, at);
        if (extent === null) break;
        const item = parsed(leanText(bytes, at, extent));
        if (!isJson(item)) return null;
        each(item);
        at = extent.end;
      }
    }
    held.drop(at);
  }
  return head === null || isOver ? parsed((head ?? "") + held.bytes.toString()) : null;
};

/**
 * The same of an answer of the API server.
 * @throws {KubeGone} when it breaks off after items were taken: it must not be asked for again, whoever took them begins anew.
 */
export const itemwise = async (
  body: AsyncIterable<Uint8Array>,
  each: (item: Json) => void,
  what: string,
): Promise<unknown> => {
  let isTaken = false;
  try {
    return await eachItem(body, (item) => {
      isTaken = true;
      each(item);
    });
  } catch (error) {
    if (!isTaken) throw error;
    throw new KubeGone(`The cluster's answer broke off (${what}).`);
  }
};
