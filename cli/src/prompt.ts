import type { ReadStream } from "node:tty";

const pasteBegins = "\u001B[200~";
const pasteEnds = "\u001B[201~";

/**
 * One answer from the terminal, in raw mode. A paste keeps its line breaks (the terminal brackets it), so a PEM
 * arrives whole; Enter ends the answer. Hidden answers show nothing, not even their length.
 */
export const ask = async (
  input: ReadStream,
  output: { write(text: string): unknown },
  question: string,
  hidden: boolean,
): Promise<string | null> =>
  await new Promise((resolve) => {
    let text = "";
    let pasting = false;
    let pending = "";
    const finish = (answer: string | null): void => {
      input.off("data", hear);
      input.setRawMode(false);
      input.pause();
      output.write("\u001B[?2004l\n");
      resolve(answer);
    };
    const take = (character: string): boolean => {
      if (pasting) {
        const typed = character === "\r" ? "\n" : character;
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
      while (pending !== "") {
        if (pending.startsWith(pasteBegins) || pending.startsWith(pasteEnds)) {
          pasting = pending.startsWith(pasteBegins);
          pending = pending.slice(pasteBegins.length);
        } else if (pending.startsWith("\u001B") && pasteBegins.startsWith(pending.slice(0, pasteBegins.length - 1))) {
          return;
        } else {
          const [character = ""] = pending;
          pending = pending.slice(character.length);
          if (!take(character)) return;
        }
      }
    };
    input.setEncoding("utf8");
    input.setRawMode(true);
    input.resume();
    input.on("data", hear);
    output.write(`\u001B[?2004h${question}`);
  });
