import { useEffect, useEffectEvent, useState } from "react";
import { looksLikePairs } from "../../drafts/looks-like-pairs.ts";
import { isCovered, isTyping } from "./shortcuts.ts";

/** Larger texts are no list of a hundred pairs. Bytes. */
const most = 2 * 1024 * 1024;

interface Drop {
  readonly onText: (text: string, fileName?: string) => void;
  /** The file cannot be taken, in a sentence. */
  readonly onRefused: (why: string) => void;
}

/**
 * Text that is pasted, and files that are dropped, anywhere on the page but in a field or a dialog.
 *
 * @returns whether a file hangs over the page
 */
export const usePageDrop = (isOn: boolean, { onText, onRefused }: Drop): boolean => {
  const [isOver, setIsOver] = useState(false);
  const paste = useEffectEvent((event: ClipboardEvent): void => {
    if (isTyping(event.target) || isCovered()) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!looksLikePairs(text)) return;
    event.preventDefault();
    onText(text);
  });
  const drop = useEffectEvent((file: File): void => {
    if (file.size > most)
      onRefused(`${file.name} has ${file.size.toLocaleString("en")} bytes; a list of pairs has at most 2 MiB.`);
    else
      file.text().then(
        (text) => onText(text, file.name),
        () => onRefused(`${file.name} cannot be read.`),
      );
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const heard = new AbortController();
    const on = <K extends keyof DocumentEventMap>(name: K, listener: (event: DocumentEventMap[K]) => void): void =>
      document.addEventListener(name, listener, { signal: heard.signal });
    const hasFiles = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") === true && !isCovered();
    on("paste", (event) => paste(event));
    on("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setIsOver(false);
    });
    on("drop", (event) => {
      setIsOver(false);
      const file = event.dataTransfer?.files[0];
      if (!hasFiles(event) || file === undefined) return;
      event.preventDefault();
      drop(file);
    });
    return () => heard.abort();
  }, [isOn]);
  return isOver;
};
