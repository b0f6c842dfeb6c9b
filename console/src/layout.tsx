import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "react-router";
import { client, keys } from "./api.ts";
import { LoginPage } from "./pages/login.tsx";
import { Loading } from "./ui/loading.tsx";
import { Problem } from "./ui/problem.tsx";

/** The frame of every page behind the login; without a session it asks for one, in place. */
export const Layout = () => {
  const queries = useQueryClient();
  const me = useQuery({
    queryKey: keys.me,
    queryFn: async () => await client.call("access.me"),
    refetchInterval: 60_000,
  });
  const signOut = useMutation({
    mutationFn: async () => await client.call("access.logout"),
    onSettled: () => {
      queries.clear();
      globalThis.location.assign("/");
    },
  });
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          Keyroll
        </Link>
        {me.data?.me === null || me.data === undefined ? null : (
          <div className="who">
            <span>{me.data.me.name}</span>
            <button type="button" className="plain" onClick={() => signOut.mutate()}>
              Sign out
            </button>
          </div>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {me.data?.sealed === true ? (
          <div className="notice warn" role="status">
            <p>
              <strong>Keyroll is sealed: it has no master key.</strong> Names and history work; values cannot be read or
              saved until the server is started with KEYROLL_MASTER_KEY_FILE.
            </p>
          </div>
        ) : null}
        {me.isPending ? (
          <Loading what="the session" />
        ) : me.error !== null && me.data === undefined ? (
          <>
            <h1>Keyroll does not answer</h1>
            <Problem error={me.error} retry={() => void me.refetch()} />
          </>
        ) : me.data?.me === null ? (
          <LoginPage isSetUp={me.data.setUp} />
        ) : (
          <>
            {me.error === null ? null : <Problem error={me.error} />}
            <Outlet />
          </>
        )}
      </main>
    </>
  );
};
