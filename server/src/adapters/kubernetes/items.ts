import { KubeGone, parsed } from "./answers.ts";
import { isJson, type Json } from "./json.ts";

const opening = '"items":[';

/** Where the quoted text that begins here ends; -1: nowhere. */
const endOfText = (body: string, from: number): number => {
  for (let at = body.indexOf('"', from + 1); at !== -1; at = body.indexOf('"', at + 1)) {
    let slashes = 0;
    while (body[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
};

/** Past the object or list that begins here; -1: it does not end. */
const endOf = (body: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    const sign = body[at];
    if (sign === '"') {
      at = endOfText(body, at);
      if (at === -1) return -1;
    } else if (sign === "{" || sign === "[") depth += 1;
    else if (sign === "}" || sign === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
};

const fields = '"managedFields":[';

/** An item's text without who owns which of its fields, which is more than half of most metadata: it is not even parsed. */
const lean = (item: string): string => {
  const start = item.indexOf(fields);
  // In a text this quote would have a slash before it.
  if (start < 1 || item[start - 1] === "\\") return item;
  const from = start + fields.length;
  const end = endOf(item, from - 1);
  return end === -1 ? item : item.slice(0, from) + item.slice(end - 1);
};

/**
 * Reads a list's answer item by item, as it comes: neither its text, nor the objects, which weigh several times that, are
 * ever there together. Items come with empty `managedFields`.
 * @returns the answer without its items; null when it is not JSON
 */
export const eachItem = async (body: AsyncIterable<string>, each: (item: Json) => void): Promise<unknown> => {
  /** What came before the items; null: they have not begun. */
  let head: string | null = null;
  let text = "";
  let isOver = false;
  for await (const part of body) {
    text += part;
    if (head === null) {
      const start = text.indexOf(opening);
      if (start === -1) continue;
      head = text.slice(0, start + opening.length);
      text = text.slice(start + opening.length);
    }
    let at = 0;
    while (!isOver && at < text.length) {
      if (text[at] === "]") isOver = true;
      // A comma or a line's end.
      else if (text[at] !== "{") at += 1;
      else {
        const end = endOf(text, at);
        if (end === -1) break;
        const item = parsed(lean(text.slice(at, end)));
        if (!isJson(item)) return null;
        each(item);
        at = end;
      }
    }
    text = text.slice(at);
  }
  return head === null || isOver ? parsed((head ?? "") + text) : null;
};

/**
 * The same of an answer of the API server.
 * @throws {KubeGone} when it breaks off after items were taken: it must not be asked for again, whoever took them begins anew.
 */
export const itemwise = async (
  body: AsyncIterable<string> & { setEncoding(encoding: "utf8"): unknown },
  each: (item: Json) => void,
  what: string,
): Promise<unknown> => {
  let isTaken = false;
  body.setEncoding("utf8");
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
