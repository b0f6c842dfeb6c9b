/** Thrown where the text is more than plain: a full parser takes over. One object, since it carries nothing. */
export const notPlain = new Error("not plain YAML");

/** What the core schema of YAML 1.2 makes of a plain scalar. @throws `notPlain` where it is rarely met. */
export const plainScalar = (text: string): unknown => {
  const first = text.charCodeAt(0);
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (isLetter) {
    if (text.length > 5) return text;
    if (text === "true" || text === "True" || text === "TRUE") return true;
    if (text === "false" || text === "False" || text === "FALSE") return false;
    return text === "null" || text === "Null" || text === "NULL" ? null : text;
  }
  if (text === "~") return null;
  if (/^[-+]?[0-9]+$/u.test(text) || /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/u.test(text)) return Number(text);
  // Hexadecimal, octal, exponents, infinities.
  if (/^(?:0[xo]|[-+]?[.0-9]+[eE]|[-+]?\.[iInN])/u.test(text)) throw notPlain;
  return text;
};

/** Keys that are not the text that they look like, or that an object takes for something else. */
const odd = /^(?:true|false|null|__proto__)$/iu;

export const plainKey = (text: string): string => {
  const { length } = text;
  if ((length === 4 || length === 5 || length === 9) && odd.test(text)) throw notPlain;
  return text;
};
