import { notPlain, plainKey, plainScalar } from "./scalar.ts";

const quoted = /"([^"\\]*)"|'([^']*)'(?!')/uy;
const plain = /(?:[A-Za-z0-9_./$]|-(?=[A-Za-z0-9_.-]))[A-Za-z0-9_./+@=%$~ -]*/uy;
const space = / */uy;

/** A flow collection on one line: `["--listen", ":80"]`, `{cpu: 500m}`. @throws `notPlain` for anything else. */
export const readFlow = (text: string): unknown => {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const scalar = (make: (plain: string) => unknown): unknown => {
    const found = take(quoted);
    if (found !== null) return found[1] ?? found[2] ?? "";
    const word = take(plain);
    if (word === null) throw notPlain;
    return make(word[0].trimEnd());
  };
  const key = (): string => {
    const name = scalar(plainKey);
    if (typeof name !== "string" || !/^[A-Za-z_]/u.test(name) || name === "__proto__") throw notPlain;
    if (text[at] !== ":" || text[at + 1] !== " ") throw notPlain;
    at += 2;
    return name;
  };
  const node = (depth: number): unknown => {
    const open = text[at];
    if (open !== "[" && open !== "{") return scalar(plainScalar);
    if (depth > 20) throw notPlain;
    const close = open === "[" ? "]" : "}";
    const items: unknown[] = [];
    const map: Record<string, unknown> = {};
    at += 1;
    take(space);
    while (text[at] !== close) {
      if (open === "[") items.push(node(depth + 1));
      else {
        const name = key();
        take(space);
        map[name] = node(depth + 1);
      }
      take(space);
      if (text[at] === close) break;
      if (text[at] !== ",") throw notPlain;
      at += 1;
      take(space);
      if (text[at] === close) throw notPlain;
    }
    at += 1;
    return open === "[" ? items : map;
  };
  const value = node(0);
  if (at < text.length && !/^ +#/u.test(text.slice(at)) && text.slice(at).trim() !== "") throw notPlain;
  return value;
};
