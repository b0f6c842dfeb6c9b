import type { ReplyOf, Routes } from "@keyroll/contract";
import { useSyncExternalStore } from "react";

export type Identity = NonNullable<ReplyOf<Routes["access.me"]>["me"]>;

/** Whether the login has ended under the page, and whether the server answers. */
interface Session {
  readonly expired: boolean;
  /** Epoch milliseconds since when the server has not answered; null while it does. */
  readonly awaySince: number | null;
}

let session: Session = { expired: false, awaySince: null };
const listeners = new Set<() => void>();
let waiting: (() => void)[] = [];
let logins = 0;

/** How often somebody has signed in again in this page. */
export const loginsSoFar = (): number => logins;

const set = (change: Partial<Session>): void => {
  session = { ...session, ...change };
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSession = (): Session => useSyncExternalStore(subscribe, () => session);

/** Opens the login dialog; resolves when somebody has signed in again. What was asked for is then asked again. */
export const whenSignedIn = async (signal: AbortSignal | undefined): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    if (!session.expired) set({ expired: true });
  });
};

/** The login is good again: everything that waited goes on. */
export const signedIn = (): void => {
  const all = waiting;
  waiting = [];
  logins += 1;
  set({ expired: false });
  for (const goOn of all) goOn();
};

/** Told by the client after each call. */
export const noteReach = (isThere: boolean): void => {
  if (isThere !== (session.awaySince === null)) set({ awaySince: isThere ? null : Date.now() });
};
