import type { BlockList } from "node:net";
import { apiBase, type RouteSpec } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { openapi } from "@keyroll/contract/openapi";
import { Hono } from "hono";
import type { Host } from "../features/host.ts";
import type { Verbs } from "../features/index.ts";
import type { Verb } from "../features/verb.ts";
import { bind } from "./bind.ts";
import { assets, type Assets } from "./assets.ts";
import { callerOf } from "./caller.ts";
import { guard } from "./guard.ts";
import { metrics } from "./metrics.ts";
import { notOffered, problem, type Env } from "./problem.ts";

export interface HttpOptions {
  readonly host: Host;
  readonly verbs: Verbs;
  /** Built console; null: not built. */
  readonly console: Assets | null;
  /** Whose `X-Forwarded-For` is believed. */
  readonly proxies: BlockList;
  /** What `/metrics` says of the process. */
  readonly metrics: () => Promise<string>;
}

/** The whole HTTP surface: the API below `/api/v1`, probes, metrics, OpenAPI, and the console's files. */
export const createApp = (options: HttpOptions): Hono<Env> => {
  const { host } = options;
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const socket = c.env.incoming.socket.remoteAddress ?? null;
    c.set("address", callerOf(options.proxies, socket, c.req.header("x-forwarded-for")));
    await next();
  });
  app.use(guard(host));
  app.onError((error, c) => problem(host, c, error));

  const methods = new Map<string, string[]>();
  for (const [id, verb] of Object.entries<Verb<RouteSpec>>(options.verbs)) {
    const path = apiBase + verb.route.path.replaceAll(/\{(\w+)\}/gu, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), verb.route.method]);
    app.on(verb.route.method, path, bind(host, id, verb));
  }
  for (const [path, offered] of methods) {
    app.all(path, (c) =>
      notOffered(host, c, offered, `${c.req.method} is not offered at ${c.req.path}, only ${offered.join(", ")}.`),
    );
  }
  app.all(`${apiBase}/*`, (c) => {
    throw new KeyrollError("not_found", `There is no route ${c.req.path}.`, { next: "See /openapi.json." });
  });

  // Made when somebody asks for it: it takes a tenth of the server's start.
  let document: ReturnType<typeof openapi> | null = null;
  app.get("/openapi.json", (c) => c.json((document ??= openapi(host.version))));
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", async (c) => {
    await host.db.selectFrom("apps").select("id").limit(1).execute();
    return c.text(host.keys.problem === null ? "ready\n" : `ready (sealed: ${host.keys.problem})\n`);
  });
  app.get("/metrics", metrics(host, options.metrics));
  app.get("*", assets(options.console));
  app.notFound((c) => problem(host, c, new KeyrollError("not_found", `There is nothing at ${c.req.path}.`)));
  return app;
};
