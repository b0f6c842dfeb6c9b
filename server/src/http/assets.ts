import type { Handler } from "hono";
import type { Env } from "./problem.ts";

/** The console's built files, in memory: path -> content. */
export type Assets = ReadonlyMap<string, { readonly type: string; readonly content: Uint8Array<ArrayBuffer> }>;

/** Files by name (immutable: names carry a hash); every other path is the page itself. */
export const assets =
  (files: Assets | null): Handler<Env> =>
  (c) => {
    if (files === null) return c.text("The console is not built: run `npm run build`.\n", 503);
    const file = files.get(c.req.path);
    if (file !== undefined && c.req.path !== "/index.html") {
      return c.body(file.content, 200, {
        "content-type": file.type,
        "cache-control": "public, max-age=31536000, immutable",
      });
    }
    const page = files.get("/index.html");
    if (page === undefined || c.req.path.startsWith("/assets/")) return c.notFound();
    return c.body(page.content, 200, { "content-type": page.type, "cache-control": "no-cache" });
  };
