/** What a terminal can do beside being read. */
type Keyboard = NodeJS.ReadableStream & { setRawMode(isRaw: boolean): unknown };

const pasteBegins = "\u001B[200~";
const pasteEnds = "\u001B[201~";

/**
 * What follows the Esc that arrow, function and Alt keys send: a CSI (the Linux console doubles its bracket), an SS3, or
 * one character.
 */
const restOfKey = /^(?:\[(?:\[.|[0-?]*[ -/]*[@-Z\\-~])|O[\d;]*[@-~]|[^\p{Cc}[O])/u;
const beginOfRest = /^(?:\[(?:\[|[0-?]*[ -/]*)|O[\d;]*)?/u;

/** As long as other line editors wait: after that, Esc was pressed by itself. */
const restComesWithin = 500;

/** What stands first in the input, as a whole; null while its rest has not come. */
const firstOf = (pending: string, isPasting: boolean): string | null => {
  const [character = ""] = pending;
  if (isPasting) {
    if (pending === "\r" || (pending.length < pasteEnds.length && pasteEnds.startsWith(pending))) return null;
    // Terminals send the line breaks of a paste as they like.
    return [pasteEnds, "\r\n"].find((one) => pending.startsWith(one)) ?? character;
  }
  if (character !== "\u001B") return character;
  const behind = pending.slice(character.length);
  const [whole] = restOfKey.exec(behind) ?? [];
  if (whole !== undefined) return character + whole;
  const [begun = ""] = beginOfRest.exec(behind) ?? [];
  return begun === behind ? null : character + begun;
};

/**
 * One answer from the terminal, in raw mode. A paste keeps its line breaks (the terminal brackets it), so a PEM
 * arrives whole; Enter ends the answer; keys that would move a cursor do nothing. Hidden answers show nothing, not even
 * their length.
 */
export const ask = async (
  input: Keyboard,
  output: { write(text: string): unknown },
  question: string,
  hidden: boolean,
): Promise<string | null> =>
  await new Promise((resolve) => {
    let text = "";
    let pasting = false;
    let pending = "";
    let restIsLate: NodeJS.Timeout | undefined;
    const finish = (answer: string | null): void => {
      clearTimeout(restIsLate);
      input.off("data", hear);
      input.setRawMode(false);
      input.pause();
      output.write("\u001B[?2004l\n");
      resolve(answer);
    };
    const take = (character: string): boolean => {
      if (pasting) {
        const typed = character.startsWith("\r") ? "\n" : character;
        text += typed;
        if (!hidden) output.write(typed);
        return true;
      }
      if (character === "\r" || character === "\n") finish(text);
      else if (character === "\u0003") finish(null);
      else if (character === "\u0004") finish(text === "" ? null : text);
      else if (character === "\u007F" || character === "\b") {
        const shorter = Array.from(text).slice(0, -1).join("");
        if (!hidden && shorter !== text) output.write("\b \b");
        text = shorter;
      } else if (character === "\u0015") {
        if (!hidden) output.write("\b \b".repeat(Array.from(text).length));
        text = "";
      } else if (character >= " " || character === "\t") {
        text += character;
        if (!hidden) output.write(character);
      }
      return character !== "\r" && character !== "\n" && character !== "\u0003" && character !== "\u0004";
    };
    const hear = (chunk: Buffer | string): void => {
      pending += typeof chunk === "string" ? chunk : chunk.toString("utf8");
      clearTimeout(restIsLate);
      while (pending !== "") {
        const first = firstOf(pending, pasting);
        if (first === null) {
          if (!pasting) restIsLate = setTimeout(() => (pending = ""), restComesWithin);
          return;
        }
        pending = pending.slice(first.length);
        if (first === pasteBegins || first === pasteEnds) pasting = first === pasteBegins;
        else if (!pasting && first.startsWith("\u001B")) continue;
        else if (!take(first)) return;
      }
    };
    input.setEncoding("utf8");
    input.setRawMode(true);
    input.resume();
    input.on("data", hear);
    output.write(`\u001B[?2004h${question}`);
  });
