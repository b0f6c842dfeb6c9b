import { routes } from "./index.ts";
import type { RouteSpec } from "./route.ts";

/** Source of `paths.ts`: what a client needs to know of every route at run time, without zod. */
export const pathsSource = (): string => {
  const lines = Object.entries<RouteSpec>(routes).map(([id, spec]) => `  "${id}": ["${spec.method}", "${spec.path}"],`);
  return [
    "// Generated from the route table by `npm run build`; a test compares it.",
    "/** Method and path (below `/api/v1`) of every route. */",
    "export const paths = {",
    ...lines,
    "} as const;",
    "",
  ].join("\n");
};
