import { useQueryClient } from "@tanstack/react-query";
import { followEvents } from "@keyroll/sdk";
import { useEffect, useState } from "react";
import { client, keys } from "./client.ts";

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
    const listen = async (): Promise<void> => {
      try {
        const events = followEvents(client, { app, env, signal: ended.signal, onTrouble: setTrouble });
        for await (const _ of events) await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
      } catch {
        // Signed out, or gone: the queries of the page say so.
        if (!ended.signal.aborted) await queries.invalidateQueries();
      }
    };
    void listen();
    return () => ended.abort();
  }, [app, env, queries]);
  return trouble;
};
