import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { z } from "zod";
import { publishedRevision } from "../../database/deployed-goals.ts";
import type { Reader } from "../../database/schema.ts";
import { removalMark } from "../held-store.ts";
import { scopeOf, storeAt, storeOf, type Host } from "../host.ts";
import { oldPlace } from "../left-behind.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { openTarget } from "../open-target.ts";
import { operation } from "../operation.ts";
import { refuseUnderWay } from "../under-way.ts";

const intents = z.object({ mark: z.string(), uninstall: z.boolean(), destroy: z.boolean() });
type Intent = z.output<typeof intents>;

/** Removes an environment. What is deployed and what is saved are each given up by typing the name. */
export const removeEnvironment = operation(routes["environments.remove"], {
  begin: async ({ tx, host, environment, input, begin }) => {
    await refuseUnderWay(tx, environment);
    const deployed = await publishedRevision(tx, environment.id);
    // From the records: a store that shows nothing may be another account's, and one that hangs would hold all others.
    const saved = await savedKeys(tx, environment.id);
    const uninstall = deployed !== null && environment.type !== "process";
    if (uninstall) requireName(input.uninstall, environment.name, "uninstall", "is deployed");
    if (saved !== null)
      requireName(input.destroySecrets, environment.name, "destroySecrets", `holds ${count(saved, "saved key")}`);
    const intent: Intent = { mark: removalMark(host.random.id()), uninstall, destroy: saved !== null };
    await tx.updateTable("environments").set({ moving: intent.mark }).where("id", "=", environment.id).execute();
    return await begin(
      { action: "environments.remove", details: { uninstall, destroySecrets: intent.destroy } },
      intent,
    );
  },
  effect: async ({ host, app, environment, signal }, { mark, uninstall, destroy }) => {
    try {
      if (uninstall) await (await openTarget(host, app, environment)).uninstall(signal);
      if (!destroy) return;
      // What a move left behind goes too, and before the values themselves: whoever asks again still finds the rest.
      const old = await oldPlace(host.db, environment);
      if (old !== null) await storeAt(host, old, scopeOf(app, environment)).upkeep.destroy("purge");
      await storeOf(host, app, environment).upkeep.destroy("purge");
    } catch (error) {
      await letIn(host, environment.id, mark);
      throw error;
    }
  },
  settle: async ({ tx, environment, commit }) => {
    await tx.deleteFrom("environments").where("id", "=", environment.id).execute();
    return await commit(null, {});
  },
  // Each part looks first: the caller asks again, and what is gone already stays gone.
  recover: async (host, row) => {
    if (row.environmentId !== null) await letIn(host, row.environmentId, intents.parse(row.intent).mark);
    return "the environment was not removed to its end: remove it again";
  },
});

/** How many keys the newest recorded revision has; null: nothing was ever saved. */
const savedKeys = async (db: Reader, environmentId: string): Promise<number | null> => {
  const row = await db
    .selectFrom("revisions")
    .select("keys")
    .where("environment_id", "=", environmentId)
    .where("revision", "=", await recordedRevision(db, environmentId))
    .executeTakeFirst();
  return row?.keys ?? null;
};

/** Ends the hold of this removal, and of no other. */
const letIn = async (host: Host, environmentId: string, mark: string): Promise<void> => {
  await host.db
    .updateTable("environments")
    .set({ moving: null })
    .where("id", "=", environmentId)
    .where("moving", "=", mark)
    .execute();
};

/** How the command line gives them. */
const flags = { uninstall: "--uninstall", destroySecrets: "--destroy-secrets" } as const;

const requireName = (typed: string | undefined, name: string, field: keyof typeof flags, what: string): void => {
  if (typed === name) return;
  throw new KeyrollError("confirmation_required", `Environment \`${name}\` ${what}.`, {
    field,
    next: `Give ${field} with the environment's name (\`${flags[field]} ${name}\`) to go on.`,
    changed: false,
  });
};
