import { useQueryClient } from "@tanstack/react-query";
import { followEvents } from "@keyroll/sdk";
import { useEffect, useState } from "react";
import { client, keys } from "./client.ts";

/** Milliseconds in which several events lead to one reading: a deployment writes many lines at once. */
const together = 200;

/** Milliseconds between two readings while the stream is lost. */
const every = 15_000;

/** Milliseconds that an answer may take: from the time of the answer to that of the question. */
const slowest = 5000;

/**
 * Reads the environment anew at each event of its journal. What is shown never depends on the stream alone.
 *
 * @returns why the stream is lost, or null
 */
export const useLive = (app: string, env: string): string | null => {
  const queries = useQueryClient();
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      }, together);
    };
    // The page asks before the stream is there: what happened in between is in neither.
    const knownFor = (): number => {
      const all = queries.getQueryCache().findAll({ queryKey: keys.environment(app, env) });
      const times = all.map(({ state }) => state.dataUpdatedAt).filter((at) => at > 0);
      return Date.now() - Math.min(Date.now(), ...times) + slowest;
    };
    const listen = async (): Promise<void> => {
      try {
        const events = followEvents(client, { app, env, signal: ended.signal, onTrouble: setTrouble, knownFor });
        for await (const _ of events) soon();
      } catch {
        // Signed out, or gone: the queries of the page say so.
        if (!ended.signal.aborted) await queries.invalidateQueries();
      }
    };
    void listen();
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [app, env, queries]);
  // Without the stream nothing else tells the pages that do not ask by themselves, such as a deployment's.
  const isLost = trouble !== null;
  useEffect(() => {
    if (!isLost) return undefined;
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: keys.environment(app, env) }), every);
    return () => clearInterval(timer);
  }, [isLost, app, env, queries]);
  return trouble;
};
