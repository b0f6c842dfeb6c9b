import { useSyncExternalStore } from "react";
import { relative } from "./relative.ts";

/** One clock for all of them: the page ticks twice a minute. */
const every = 30_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, every);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

/** Epoch milliseconds, at most 30 s old. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

let exactly: Intl.DateTimeFormat | undefined;

/** Made when somebody first wants to see one: making it takes longer than a hundred rows do. */
const exact = (at: number): string => {
  exactly ??= new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  return exactly.format(at);
};

/** A time as people say it, with the exact one at hand. Epoch milliseconds. */
export const Ago = ({ at }: { readonly at: number }) => {
  const seen = useNow();
  return (
    <time
      dateTime={new Date(at).toISOString()}
      onPointerEnter={({ currentTarget }) => {
        currentTarget.title = exact(at);
      }}
    >
      {relative(at, Math.max(seen, at > seen && at - seen < every ? at : seen))}
    </time>
  );
};
