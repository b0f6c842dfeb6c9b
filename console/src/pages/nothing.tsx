import { Link } from "react-router";
import { useTitle } from "../ui/title.ts";

export const NothingPage = () => {
  useTitle("Not found");
  return (
    <section className="narrow">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">All apps</Link>
      </p>
    </section>
  );
};
