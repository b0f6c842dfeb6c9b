import { useMemo } from "react";
import { useLocation, useNavigate, type NavigateOptions } from "react-router";
import { pageHistory } from "./page-history.ts";

/** Writes into the parameters it is given what shall be different. */
type SearchChange = (params: URLSearchParams) => void;

/**
 * The search part of the address. Unlike `useSearchParams`, a change is made to the newest address, which may not be
 * drawn yet: of two quick changes both count.
 */
export const useSearch = (): readonly [URLSearchParams, (change: SearchChange, options?: NavigateOptions) => void] => {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  return [
    params,
    (change, options) => {
      const newest = pageHistory.place().location;
      const next = new URLSearchParams(newest.pathname === pathname ? newest.search : search);
      change(next);
      void navigate(`?${next}`, options);
    },
  ];
};

/** A parameter that is not there when it is empty. */
export const setOrDelete = (params: URLSearchParams, name: string, text: string): void => {
  if (text === "") params.delete(name);
  else params.set(name, text);
};

/**
 * The form for something new that is asked for in the address (`new`), so that other pages can open it, and the deployment
 * type that somebody is on the way to (`type`), which ends with it. `ask(null)` closes the form.
 */
export const useAsked = () => {
  const [search, changeSearch] = useSearch();
  const ask = (what: string | null): void =>
    changeSearch(
      (params) => {
        setOrDelete(params, "new", what ?? "");
        params.delete("type");
      },
      { replace: what === null },
    );
  return { asked: search.get("new"), type: search.get("type"), ask };
};
