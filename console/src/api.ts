import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { createClient } from "@keyroll/sdk";

/** The server that served this page; the session is the browser's cookie. */
export const client = createClient({ url: "" });

export type Me = ReplyOf<Routes["access.me"]>;
export type Status = ReplyOf<Routes["status.get"]>;
export type Secret = ReplyOf<Routes["secrets.list"]>["secrets"][number];
export type Deployment = ReplyOf<Routes["deployments.get"]>["deployment"];

/** Whether waiting can heal it: the server is away, or asks for patience. */
export const isWorthRepeating = (error: unknown): boolean => error instanceof KeyrollError && error.exit === 7;

/** Queries by name; everything of an environment begins with its own two words. */
export const keys = {
  me: ["me"],
  apps: ["apps"],
  environments: (app: string) => ["environments", app],
  environment: (app: string, env: string) => ["environment", app, env],
  part: (app: string, env: string, part: string) => ["environment", app, env, part],
} as const;
