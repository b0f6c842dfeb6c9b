import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { mutation } from "../verb.ts";
import { secretLooking } from "@keyroll/pairs";
import { readValuesText } from "./yaml.ts";

/** A new version of the Helm values. */
export const putValues = mutation(
  routes["values.put"],
  async ({ tx, environment, actor, input, ifMatch, now, commit }) => {
    readValuesText(input.text);
    const newest = await tx
      .selectFrom("helm_values")
      .select((e) => e.fn.max("version").as("version"))
      .where("environment_id", "=", environment.id)
      .executeTakeFirst();
    const version = newest?.version ?? 0;
    if (version !== ifMatch) {
      throw new KeyrollError(
        "revision_conflict",
        `The Helm values are at version ${version}; yours are based on ${ifMatch}.`,
        {
          field: "If-Match",
          limit: version,
          actual: ifMatch,
          next: "Read the newest version and save again.",
          changed: false,
        },
      );
    }
    await tx
      .insertInto("helm_values")
      .values({
        environment_id: environment.id,
        version: version + 1,
        text: input.text,
        saved_at: now,
        saved_by: actor.name,
      })
      .execute();
    return await commit(
      { action: "values.put", details: { version: version + 1, bytes: input.text.length } },
      {
        version: version + 1,
        text: input.text,
        savedAt: now,
        savedBy: actor.name,
        warnings: secretLooking(input.text),
      },
    );
  },
);
