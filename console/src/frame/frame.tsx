import { useState } from "react";
import { Outlet } from "react-router";
import type { Me } from "../client.ts";
import { LoginPage } from "../pages/start/login.tsx";
import { useMe } from "../queries.ts";
import { useSession, type Identity } from "../session.ts";
import { Banner } from "../ui/banner.tsx";
import { Loading } from "../ui/loading.tsx";
import { Problem } from "../ui/problem.tsx";
import { Toasts } from "../ui/toast.tsx";
import { AwayBanner } from "./away-banner.tsx";
import { LoginDialog } from "./login-dialog.tsx";
import { TopBar } from "./top-bar.tsx";
import "./frame.css";

const Sealed = () => (
  <Banner tone="warn" icon="lock">
    <p>
      <strong>Keyroll is sealed: it has no master key.</strong> Names and history work; values cannot be read or saved
      until the server is started with <code>KEYROLL_MASTER_KEY_FILE</code>.
    </p>
  </Banner>
);

/** Who was signed in last in this document: an expired login does not take the page away. */
const useKnown = (me: Me | undefined): Identity | null => {
  const [known, setKnown] = useState<Identity | null>(null);
  const now = me?.me ?? null;
  if (now !== null && (now.id !== known?.id || now.since !== known.since)) setKnown(now);
  return now ?? known;
};

/** What is around every page behind the login; without a session it asks for one, in place. */
export const Frame = () => {
  const me = useMe();
  const known = useKnown(me.data);
  const { expired } = useSession();
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <TopBar identity={known} />
      <main id="content" className="content" tabIndex={-1}>
        <AwayBanner />
        {me.data?.sealed === true ? <Sealed /> : null}
        {known !== null ? (
          <Outlet />
        ) : me.isPending ? (
          <Loading what="the session" rows={6} />
        ) : me.data === undefined ? (
          <section className="stack tight">
            <h1>Keyroll does not answer</h1>
            <Problem error={me.error} retry={() => void me.refetch()} />
          </section>
        ) : (
          <LoginPage isSetUp={me.data.setUp} />
        )}
      </main>
      {known !== null && (expired || me.data?.me === null) ? <LoginDialog name={known.name} /> : null}
      <Toasts />
    </>
  );
};
