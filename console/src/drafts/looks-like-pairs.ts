import { checkKey } from "@keyroll/pairs";

/** Whether text looks like pairs, so that a paste into the page is meant as an import. */
export const looksLikePairs = (text: string): boolean => {
  if (/^\uFEFF?\s*\{/u.test(text)) return true;
  const lines = text.split(/\r?\n/u).filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  const [first = ""] = lines;
  const name = /^\s*(?:export\s+)?([^=\s:]+)\s*[=:]/u.exec(first)?.[1];
  return name !== undefined && checkKey(name) === null;
};
