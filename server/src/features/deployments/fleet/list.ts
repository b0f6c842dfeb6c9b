import { routes } from "@keyroll/contract";
import { cut, startOf } from "../../paging.ts";
import { query } from "../../verb.ts";
import { fleetFacts } from "./facts.ts";
import { fleetView, type FleetView } from "./view.ts";

/** Environments that are read at a time, when few of them may be of the state that is asked for. */
const batch = 200;

/** Every environment as it was last seen, from the database alone: no store and no cluster is asked. */
export const listStatus = query(routes["status.list"], async ({ db, query: asked, now }) => {
  const found: { readonly id: string; readonly view: FleetView }[] = [];
  let after = startOf(asked.cursor);
  for (;;) {
    const facts = await fleetFacts(db, { after, limit: batch });
    for (const one of facts) {
      const view = await fleetView(db, one, now);
      if (asked.state === undefined || asked.state === view.state) found.push({ id: one.id, view });
    }
    after = facts.at(-1)?.id ?? null;
    if (facts.length < batch || found.length > asked.limit) break;
  }
  const { items, next } = cut(found, asked.limit, ({ id }) => id);
  return { items: items.map(({ view }) => view), next };
});
