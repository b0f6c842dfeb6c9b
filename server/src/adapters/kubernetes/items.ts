import { parsed } from "./answers.ts";
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

/**
 * Reads a list's answer item by item, so that the objects of a page, which weigh several times its text, are never there
 * together.
 * @returns the answer without its items; null when it is not JSON
 */
export const eachItem = (body: string, each: (item: Json) => void): unknown => {
  const start = body.indexOf(opening);
  if (start === -1) return parsed(body);
  let at = start + opening.length;
  while (body[at] !== "]") {
    if (body[at] !== "{") {
      // A comma or a line's end.
      if (at >= body.length) return null;
      at += 1;
      continue;
    }
    const end = endOf(body, at);
    const item = end === -1 ? null : parsed(body.slice(at, end));
    if (!isJson(item)) return null;
    each(item);
    at = end;
  }
  return parsed(body.slice(0, start + opening.length) + body.slice(at));
};
