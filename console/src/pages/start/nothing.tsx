import { Link } from "react-router";
import { to } from "../../paths.ts";
import { PageHead, useTitle } from "../../ui/page-head.tsx";

export const NothingPage = () => {
  useTitle("Not found");
  return (
    <section className="stack tight">
      <PageHead title="There is no such page" />
      <p>
        <Link to={to.apps()}>All apps</Link>
      </p>
    </section>
  );
};
