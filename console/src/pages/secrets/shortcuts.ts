import { useEffect, useEffectEvent } from "react";
import { usePreferences } from "../../use-preferences.ts";

/** Whether keys are letters here, and no shortcuts. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type)));

/** Whether a dialog or a menu has the page: its keys are its own. */
export const isCovered = (): boolean => document.querySelector("dialog[open], .popup:popover-open") !== null;

export interface Shortcuts {
  readonly filter: () => void;
  readonly add: () => void;
  readonly review: () => void;
  readonly help: () => void;
}

/** `/`, `n`, `?` while nobody types; Ctrl or Cmd+S anywhere on the page. Off by preference. */
export const useShortcuts = (shortcuts: Shortcuts): void => {
  const { shortcuts: isOn } = usePreferences();
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (!isOn || event.defaultPrevented || event.altKey || isCovered()) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "s" || event.shiftKey) return;
      event.preventDefault();
      shortcuts.review();
      return;
    }
    if (isTyping(event.target)) return;
    const wanted = { "/": shortcuts.filter, n: shortcuts.add, "?": shortcuts.help }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    wanted();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
};
