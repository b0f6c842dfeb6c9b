import { z } from "zod";
import { keyState, listOf, page, revision, time } from "./fields.ts";
import { route } from "./route.ts";

export const search = {
  "search.keys": route({
    method: "GET",
    path: "/search",
    kind: "query",
    permission: "secret:list",
    summary:
      "Saved keys by a part of their name, in every environment that the caller may list: equal names first, then those that begin so, then the others. Upper and lower case alike; never values.",
    query: page.extend({
      key: z.string().trim().min(1).max(253).describe("a part of the key's name"),
      // A cursor holds a key, which may have 253 characters.
      cursor: z.string().max(400).optional(),
    }),
    output: listOf(
      z.object({
        key: z.string(),
        app: z.string(),
        env: z.string(),
        kind: z.enum(["sandbox", "production"]),
        /** Revision in which its value was saved. */
        revision,
        state: keyState,
        changedAt: time,
        changedBy: z.string(),
      }),
    ),
  }),
};
