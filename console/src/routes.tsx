import type { ComponentType } from "react";
import { matchRoutes, type RouteObject } from "react-router";
import { Frame } from "./frame/frame.tsx";
import { PageBoundary } from "./frame/page-boundary.tsx";
import { later } from "./later.ts";

type Load = () => Promise<ComponentType>;

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

const page = (path: string, load: Load): RouteObject => ({ path, ...shownLater(load) });

const environmentPages: RouteObject[] = [
  page("/apps/:app/:env", async () => (await import("./pages/environment/overview.tsx")).OverviewPage),
  page("/apps/:app/:env/vars/secrets", async () => (await import("./pages/secrets/secrets.tsx")).SecretsPage),
  page("/apps/:app/:env/vars/values", async () => (await import("./pages/values/values.tsx")).ValuesPage),
  page(
    "/apps/:app/:env/deployments",
    async () => (await import("./pages/deployments/deployments.tsx")).DeploymentsPage,
  ),
  page(
    "/apps/:app/:env/deployments/:number",
    async () => (await import("./pages/deployments/deployment.tsx")).DeploymentPage,
  ),
  page("/apps/:app/:env/settings", async () => (await import("./pages/settings/settings.tsx")).SettingsPage),
];

/** Every address and what it shows. */
export const routes: RouteObject[] = [
  page("/setup", async () => (await import("./pages/start/setup.tsx")).SetupPage),
  {
    element: <Frame />,
    children: [
      page("/", async () => (await import("./pages/apps/apps.tsx")).AppsPage),
      page("/find", async () => (await import("./pages/find/find.tsx")).FindPage),
      page("/device", async () => (await import("./pages/start/device.tsx")).DevicePage),
      page("/apps/:app", async () => (await import("./pages/apps/app.tsx")).AppPage),
      {
        ...shownLater(async () => (await import("./pages/environment/layout.tsx")).EnvironmentLayout, 3),
        children: environmentPages,
      },
      page("/compare", async () => (await import("./pages/compare/compare.tsx")).ComparePage),
      page("/connections", async () => (await import("./pages/connections/connections.tsx")).ConnectionsPage),
      page("/connections/:connection", async () => (await import("./pages/connections/connection.tsx")).ConnectionPage),
      page("/access", async () => (await import("./pages/access/access.tsx")).AccessPage),
      page("/audit", async () => (await import("./pages/audit/audit.tsx")).AuditPage),
      page("/profile", async () => (await import("./pages/profile/profile.tsx")).ProfilePage),
      page("*", async () => (await import("./pages/start/nothing.tsx")).NothingPage),
    ],
  },
];

/** Begins to load the page of an address, beside the question who is signed in. */
export const preload = (pathname: string): void => {
  for (const { route } of matchRoutes(routes, pathname) ?? []) {
    const handle: unknown = route.handle;
    if (typeof handle === "function") void (handle as Load)().catch(() => undefined);
  }
};
