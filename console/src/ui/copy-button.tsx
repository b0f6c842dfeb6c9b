import { useEffect, useState } from "react";
import { IconButton } from "./icon-button.tsx";
import { say } from "./toast.tsx";

/** @throws when neither way works, such as without the right to the clipboard */
export const copyText = async (text: string): Promise<void> => {
  // Undefined outside of https and loopback.
  const clipboard = globalThis.navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    await clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("The browser does not copy on a page without https.");
};

interface CopyProps {
  /** What is copied, or how to get it; a value that has to be fetched is never rendered. */
  readonly text: string | (() => Promise<string>);
  readonly label: string;
}

export const CopyButton = ({ text, label }: CopyProps) => {
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setIsDone(false), 2000);
    return () => clearTimeout(timer);
  }, [isDone]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(typeof text === "string" ? text : await text());
      setIsDone(true);
      say("Copied.");
    } catch (error) {
      say(error instanceof Error ? `Not copied: ${error.message}` : "Not copied.");
    }
  };
  return <IconButton small label={label} icon={isDone ? "check" : "copy"} onClick={() => void copy()} />;
};
