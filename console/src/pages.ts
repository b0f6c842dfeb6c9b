import type { ComponentType } from "react";

export type Load = () => Promise<ComponentType>;

/** What is around every page of an environment. */
export const environmentLayout: Load = async () => (await import("./pages/environment/layout.tsx")).EnvironmentLayout;

/**
 * The page of each address. The very first script has this list before anything else of the console is there: nothing
 * is imported here but in functions.
 */
export const pages: Readonly<Record<string, Load>> = {
  "/apps/:app/:env": async () => (await import("./pages/environment/overview.tsx")).OverviewPage,
  "/apps/:app/:env/vars/secrets": async () => (await import("./pages/secrets/secrets.tsx")).SecretsPage,
  "/apps/:app/:env/vars/values": async () => (await import("./pages/values/values.tsx")).ValuesPage,
  "/apps/:app/:env/deployments": async () => (await import("./pages/deployments/deployments.tsx")).DeploymentsPage,
  "/apps/:app/:env/deployments/:number": async () =>
    (await import("./pages/deployments/deployment.tsx")).DeploymentPage,
  "/apps/:app/:env/settings": async () => (await import("./pages/settings/settings.tsx")).SettingsPage,
  "/setup": async () => (await import("./pages/start/setup.tsx")).SetupPage,
  "/": async () => (await import("./pages/apps/apps.tsx")).AppsPage,
  "/find": async () => (await import("./pages/find/find.tsx")).FindPage,
  "/device": async () => (await import("./pages/start/device.tsx")).DevicePage,
  "/apps/:app": async () => (await import("./pages/apps/app.tsx")).AppPage,
  "/compare": async () => (await import("./pages/compare/compare.tsx")).ComparePage,
  "/connections": async () => (await import("./pages/connections/connections.tsx")).ConnectionsPage,
  "/connections/:connection": async () => (await import("./pages/connections/connection.tsx")).ConnectionPage,
  "/access": async () => (await import("./pages/access/access.tsx")).AccessPage,
  "/audit": async () => (await import("./pages/audit/audit.tsx")).AuditPage,
  "/profile": async () => (await import("./pages/profile/profile.tsx")).ProfilePage,
  "*": async () => (await import("./pages/start/nothing.tsx")).NothingPage,
};

/** Whether a page stands below the head of an environment. */
export const isOfEnvironment = (address: string): boolean => address.startsWith("/apps/:app/:env");

const isAt = (pathname: string, address: string): boolean => {
  const given = pathname.split("/").filter((part) => part !== "");
  const wanted = address.split("/").filter((part) => part !== "");
  return given.length === wanted.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
};

/** What the page at this path is made of. */
export const partsAt = (pathname: string): Load[] => {
  const found = Object.entries(pages).find(([address]) => isAt(pathname, address));
  if (found === undefined) return [];
  const [address, load] = found;
  return isOfEnvironment(address) ? [environmentLayout, load] : [load];
};
