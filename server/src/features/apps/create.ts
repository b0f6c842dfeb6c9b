import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { mutation } from "../verb.ts";

/** A new app; its name is for good. */
export const createApp = mutation(routes["apps.create"], async ({ tx, host, input, now, commit }) => {
  const app = { id: host.random.id(), name: input.name, title: input.title ?? input.name };
  const made = await tx
    .insertInto("apps")
    .values({ ...app, created_at: now })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) {
    throw new KeyrollError("already_exists", `An app \`${input.name}\` exists already.`, {
      field: "name",
      changed: false,
    });
  }
  return await commit(
    { action: "apps.create", app, details: { title: app.title } },
    { app: { ...app, createdAt: now, environments: 0, releases: 0 } },
  );
});
