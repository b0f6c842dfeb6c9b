import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { Router, useRoutes } from "react-router";
import { behaveAsReact } from "./as-react.ts";
import { isWorthRepeating } from "./client.ts";
import { firstQueries } from "./first-queries.ts";
import { pageHistory } from "./page-history.ts";
import { preload, routes } from "./routes.tsx";
import "./styles/tokens.css";
import "./styles/base.css";

behaveAsReact();

const queries = new QueryClient({
  defaultOptions: {
    // The server may be on this machine: whether there is a network says nothing about it.
    queries: {
      networkMode: "always",
      retry: (failures, error) => failures < 2 && isWorthRepeating(error),
      staleTime: 1000,
    },
    mutations: { networkMode: "always" },
  },
});

/** Milliseconds for which the first paint waits for the page: to paint less and then all is slower than all at once. */
const patience = 150;

const Pages = () => useRoutes(routes);

const Console = () => {
  const [place, setPlace] = useState(() => pageHistory.place());
  const [isMoving, setIsMoving] = useState(false);
  const shown = useRef(place.location.pathname);
  useEffect(() => {
    shown.current = place.location.pathname;
  });
  useEffect(() => {
    let moves = 0;
    return pageHistory.subscribe(() => {
      const next = pageHistory.place();
      moves += 1;
      const move = moves;
      const arrive = (): void => {
        // Whoever went on meanwhile is elsewhere.
        if (move !== moves) return;
        setIsMoving(false);
        setPlace(next);
      };
      // Within a page at once: what is typed may live in the address, and a field whose value comes later loses letters.
      if (next.location.pathname === shown.current) {
        arrive();
        return;
      }
      // The page that is left stays until the next one is loaded.
      setIsMoving(true);
      void preload(next.location.pathname).then(arrive);
    });
  }, []);
  return (
    <>
      {isMoving ? <div className="moving" /> : null}
      <Router location={place.location} navigationType={place.action} navigator={pageHistory.navigator}>
        <Pages />
      </Router>
    </>
  );
};

const root = document.querySelector("#root");
if (root === null) throw new Error("The page has no #root.");
const show = (): void =>
  createRoot(root).render(
    <QueryClientProvider client={queries}>
      <Console />
    </QueryClientProvider>,
  );
const { pathname } = globalThis.location;
// Not awaited here: the page's scripts use this one, and wait for its end.
void Promise.race([
  Promise.allSettled([preload(pathname), firstQueries(queries, pathname)]),
  new Promise((resolve) => {
    setTimeout(resolve, patience);
  }),
]).then(show);
