import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { client } from "../client.ts";
import { useSession } from "../session.ts";
import { Ago } from "../ui/ago.tsx";
import { Banner } from "../ui/banner.tsx";

/** Milliseconds between two questions whether the server is there again. */
const every = 3000;

/** The server does not answer: what is shown stays, and the page asks until it does. */
export const AwayBanner = () => {
  const { awaySince } = useSession();
  const queries = useQueryClient();
  const isAway = awaySince !== null;
  useEffect(() => {
    if (!isAway) return undefined;
    const timer = setInterval(() => void client.call("access.me").catch(() => undefined), every);
    return () => {
      clearInterval(timer);
      void queries.invalidateQueries();
    };
  }, [isAway, queries]);
  // The browser often knows first; but only an answer of the server counts, which may be on this very machine.
  useEffect(() => {
    const heard = new AbortController();
    const look = (): void => void client.call("access.me").catch(() => undefined);
    for (const name of ["offline", "online"]) globalThis.addEventListener(name, look, { signal: heard.signal });
    return () => heard.abort();
  }, []);
  if (awaySince === null) return null;
  return (
    <Banner tone="warn" icon="away">
      <p>
        <strong>Keyroll does not answer</strong> since <Ago at={awaySince} />. What you see is what was last known; what
        you typed stays. The page asks every few seconds.
      </p>
    </Banner>
  );
};
