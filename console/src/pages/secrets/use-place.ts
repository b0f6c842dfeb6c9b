import { useEffect, useMemo, useRef, useState } from "react";
import type { Environment } from "../../client.ts";
import { openDrafts } from "../../drafts/store.ts";
import { useSearch } from "../../search.ts";
import type { Door, Place } from "./place.ts";

/** The one thing that is open over the page. */
export type Opened =
  | { readonly what: "review"; readonly wantsDeploy: boolean }
  | { readonly what: "import"; readonly text: string; readonly fileName: string | null }
  | { readonly what: "editor"; readonly id: string; readonly text: string | null; readonly begunAt: number }
  | { readonly what: "export" | "copy" | "history" | "drift" | "help" | "path" }
  | null;

const isAddressed = (name: string | null | undefined): name is "history" | "drift" =>
  name === "history" || name === "drift";

/** What is open on the page: in its state, and in the address where that tells no secret. */
export const useOpened = (app: string, env: string, environment: Environment) => {
  const [over, setOver] = useState<Opened>(null);
  const [asking, setAsking] = useState<Door | null>(null);
  const [params, changeParams] = useSearch();
  // The history and what others changed have an address; what holds a draft or a value has none.
  const addressed = params.get("open");
  const opened: Opened = over ?? (isAddressed(addressed) ? { what: addressed } : null);
  const setOpened = (next: Opened): void => {
    const name = isAddressed(next?.what) ? next?.what : undefined;
    setOver(name === undefined ? next : null);
    if ((name ?? null) !== addressed)
      changeParams(
        (newest) => {
          if (name === undefined) newest.delete("open");
          else newest.set("open", name);
        },
        { replace: true },
      );
  };
  const latest = useRef(changeParams);
  useEffect(() => {
    latest.current = changeParams;
  });
  const wanted = useRef<string | null>(null);
  const openKey = params.get("key");
  const isProduction = environment.kind === "production";
  const toggle = (id: string): void =>
    latest.current(
      (newest) => {
        if (newest.get("key") === id) newest.delete("key");
        else newest.set("key", id);
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
      openEditor: (id, text, begunAt = openDrafts(app, env).read().now.base) =>
        setOver({ what: "editor", id, text: text ?? null, begunAt }),
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
  return { place, opened, setOpened, asking, setAsking, openKey, params, changeParams };
};
