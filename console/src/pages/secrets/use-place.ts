import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { Environment } from "../../client.ts";
import { openDrafts } from "../../drafts/store.ts";
import type { Door, Place } from "./place.ts";

/** The one thing that is open over the page. */
export type Opened =
  | { readonly what: "review"; readonly wantsDeploy: boolean }
  | { readonly what: "import"; readonly text: string; readonly fileName: string | null }
  | { readonly what: "editor"; readonly id: string; readonly text: string | null }
  | { readonly what: "export" | "copy" | "history" | "drift" | "help" | "path" }
  | null;

/** What is open on the page: in its state, and in the address where that tells no secret. */
export const useOpened = (app: string, env: string, environment: Environment) => {
  const [over, setOver] = useState<Opened>(null);
  const [asking, setAsking] = useState<Door | null>(null);
  const [params, setParams] = useSearchParams();
  // The history has an address; what holds a draft or a value has none.
  const opened: Opened = over ?? (params.get("open") === "history" ? { what: "history" } : null);
  const setOpened = (next: Opened): void => {
    const isHistory = next?.what === "history";
    setOver(isHistory ? null : next);
    if (isHistory !== (params.get("open") === "history"))
      setParams(
        (before) => {
          if (isHistory) before.set("open", "history");
          else before.delete("open");
          return before;
        },
        { replace: true },
      );
  };
  // What it is given reads the address of the render that made it.
  const latest = useRef(setParams);
  useEffect(() => {
    latest.current = setParams;
  });
  const wanted = useRef<string | null>(null);
  const openKey = params.get("key");
  const isProduction = environment.kind === "production";
  const toggle = (id: string): void =>
    latest.current(
      (before) => {
        if (before.get("key") === id) before.delete("key");
        else before.set("key", id);
        return before;
      },
      { replace: true },
    );
  const place = useMemo(
    (): Place => ({
      app,
      env,
      isProduction,
      drafts: openDrafts(app, env),
      passDoor: (door) => {
        if (door.isProduction ?? isProduction) setAsking(door);
        else door.go({}).catch(door.onFail);
      },
      openEditor: (id, text) => setOver({ what: "editor", id, text: text ?? null }),
      openImport: (text, fileName) => setOver({ what: "import", text, fileName: fileName ?? null }),
      focusRow: (id) => {
        wanted.current = id;
      },
      wanted,
      toggleDetails: toggle,
    }),
    // `toggle` reads the address when it is called; a new one would draw every row anew.
    [app, env, isProduction],
  );
  return { place, opened, setOpened, asking, setAsking, openKey, params, setParams };
};
