import { KeyrollError } from "@keyroll/contract/errors";
import { Component, Suspense, type ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { to } from "../paths.ts";
import { Loading } from "../ui/loading.tsx";
import { Problem } from "../ui/problem.tsx";

interface CatchProps {
  readonly children: ReactNode;
}

/** Whether a part of the console itself could not be loaded: after an update its old names are gone. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof TypeError && /import|module|preload/iu.test(error.message);

class Catch extends Component<CatchProps, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const shown = isMissingPart(error)
      ? new KeyrollError("unavailable", "This part of the console cannot be loaded.", {
          next: "Keyroll may have been updated: load the page again.",
        })
      : error;
    return (
      <section className="stack tight">
        <h1>This page does not work</h1>
        <Problem error={shown} retry={() => globalThis.location.reload()} />
        <p>
          <Link to={to.apps()}>All apps</Link>
        </p>
      </section>
    );
  }
}

interface BoundaryProps {
  /** How many parts of the address belong to it: moving below them leaves it standing. Absent: all. */
  readonly depth?: number | undefined;
  readonly children: ReactNode;
}

/** A page that breaks takes neither the frame nor its neighbours along. */
export const PageBoundary = ({ depth, children }: BoundaryProps) => {
  const { pathname } = useLocation();
  const own = depth === undefined ? pathname : pathname.split("/", depth + 1).join("/");
  // The waiting is outside of what changes with the address: the page that is left stays until the next one is loaded.
  return (
    <Suspense fallback={<Loading what="the page" rows={6} />}>
      <Catch key={own}>{children}</Catch>
    </Suspense>
  );
};
