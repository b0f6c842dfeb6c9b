import { matchRoutes, type RouteObject } from "react-router";
import { Frame } from "./frame/frame.tsx";
import { PageBoundary } from "./frame/page-boundary.tsx";
import { later } from "./later.ts";
import { environmentLayout, isOfEnvironment, pages, type Load } from "./pages.ts";
import { to } from "./paths.ts";

/** Whoever makes the first Administrator is not signed in yet. */
const setup = to.setup();

/** What is loaded when it is first shown; `handle` lets the start of the console ask for it earlier. */
const shownLater = (get: Load, depth?: number): Pick<RouteObject, "element" | "handle"> => {
  const { Part: Page, load } = later(get);
  return {
    element: (
      <PageBoundary depth={depth}>
        <Page />
      </PageBoundary>
    ),
    handle: load,
  };
};

const all = Object.entries(pages).map(([path, load]): RouteObject & { readonly path: string } => ({
  path,
  ...shownLater(load),
}));
const inFrame = all.filter(({ path }) => path !== setup);

/** Every address and what it shows. */
export const routes: RouteObject[] = [
  ...all.filter(({ path }) => path === setup),
  {
    element: <Frame />,
    children: [
      ...inFrame.filter(({ path }) => !isOfEnvironment(path)),
      { ...shownLater(environmentLayout, 3), children: inFrame.filter(({ path }) => isOfEnvironment(path)) },
    ],
  },
];

/** Loads the parts of the page at an address, so that they are shown as soon as they are asked for. */
export const preload = async (pathname: string): Promise<void> => {
  const loads = (matchRoutes(routes, pathname) ?? []).map(({ route }): unknown => route.handle);
  await Promise.allSettled(
    loads.filter((load) => typeof load === "function").map(async (load) => await (load as Load)()),
  );
};
