import { to } from "../paths.ts";

/** Pages that belong to no app. */
export const places = [
  { to: to.connections(), label: "Connections" },
  { to: to.access(), label: "Members & tokens" },
  { to: to.audit(), label: "Audit" },
] as const;
