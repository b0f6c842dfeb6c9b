import { KeyrollError } from "@keyroll/contract/errors";
import { progressText, type Client, type Progress } from "@keyroll/sdk";
import type { Context, Place } from "./context.ts";

interface Lasting {
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a request that may last: its progress stands in one line of the terminal, and Ctrl-C asks the server to stop,
 * whose answer then says whether that was in time. What never lasts shows nothing.
 */
export const lasting = async <T>(
  context: Context,
  client: Client,
  place: Place,
  run: (options: Lasting) => Promise<T>,
): Promise<T> => {
  const ended = new AbortController();
  const giveUp = (): void =>
    ended.abort(
      new KeyrollError("indeterminate", "Stopped before the server had answered: it may have saved.", {
        next: "Look: `keyroll history`.",
      }),
    );
  let id: string | null = null;
  const release = context.onStop(() => {
    if (id === null) giveUp();
    else void client.call("operations.cancel", { params: { ...place, operation: id } }).catch(giveUp);
  });
  const show = (progress: Progress): void => {
    id = progress.id;
    if (!context.terminal.talk) return;
    context.err(`\r\u001B[K${progressText(progress)} (Ctrl-C cancels) `);
  };
  try {
    return await run({ onProgress: show, signal: ended.signal });
  } finally {
    release();
    if (id !== null && context.terminal.talk) context.err("\r\u001B[K");
  }
};
