import { useEffect, useRef, useSyncExternalStore } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { wordsOf } from "./problem.tsx";
import { Words } from "./words.tsx";
import "./toast.css";

type Undo = () => void | Promise<void>;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: Undo | null;
  /** It stays until it is dismissed: what did not happen is said nowhere else. */
  readonly isLasting: boolean;
}

/** Milliseconds; the time stands still while the pointer or the focus is there. */
const stays = 8000;

let toasts: readonly Toast[] = [];
let made = 0;
const listeners = new Set<() => void>();

const set = (next: readonly Toast[]): void => {
  toasts = next;
  for (const listener of listeners) listener();
};
const drop = (id: number): void => set(toasts.filter((one) => one.id !== id));

const add = (text: string, undo: Undo | null, isLasting: boolean): void => {
  made += 1;
  set([...toasts.slice(-2), { id: made, text, undo, isLasting }]);
};

/** Says what was done, for a few seconds and for readers; `undo` offers the way back. Never for errors, but for those of `undo`. */
export const say = (text: string, undo: Undo | null = null): void => add(text, undo, false);

const takeBack = async ({ id, undo }: Toast): Promise<void> => {
  drop(id);
  try {
    await undo?.();
  } catch (error) {
    add(`Not undone: ${wordsOf(error)}`, undo, true);
  }
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const Shown = ({ toast }: { readonly toast: Toast }) => {
  const item = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (toast.isLasting) return undefined;
    const look = (): void => {
      // A dialog opened meanwhile, the pointer or the focus: look again later.
      if (item.current?.matches(":hover, :focus-within") === true) timer = setTimeout(look, 1000);
      else drop(toast.id);
    };
    let timer = setTimeout(look, stays);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div ref={item} className="toast">
      <span>
        <Words text={toast.text} />
      </span>
      {toast.undo === null ? null : (
        <Button small onClick={() => void takeBack(toast)}>
          Undo
        </Button>
      )}
      <button type="button" className="button small icon-only" aria-label="Dismiss" onClick={() => drop(toast.id)}>
        <Icon name="close" />
      </button>
    </div>
  );
};

/** Where they appear; once, in the frame. It lies in the top layer, so that a dialog does not cover it. */
export const Toasts = () => {
  const all = useSyncExternalStore(subscribe, () => toasts);
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    if (all.length > 0) {
      list.current?.hidePopover();
      list.current?.showPopover();
    } else list.current?.hidePopover();
  }, [all]);
  return (
    <>
      <div className="unseen" role="status" aria-live="polite">
        {all.map(({ id, text }) => (
          <p key={id}>
            <Words text={text} />
          </p>
        ))}
      </div>
      <section ref={list} className="toasts no-print" popover="manual" aria-label="Notices">
        {all.map((toast) => (
          <Shown key={toast.id} toast={toast} />
        ))}
      </section>
    </>
  );
};
