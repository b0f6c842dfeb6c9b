import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { countAttempt } from "../../database/attempts.ts";
import { refuseGone } from "../../database/retention.ts";
import { operation } from "../operation.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { typedReply } from "./disclosure.ts";
import { passDoor } from "../door.ts";

/** One value. That it was asked for is committed before it is read. */
export const revealSecret = operation(routes["secrets.reveal"], {
  begin: async ({ tx, host, actor, environment, params, input, now, begin }) => {
    passDoor({ actor, now, reason: input.reason }, [environment]);
    await refuseGone(tx, environment.id, input.revision ?? null);
    await countAttempt(tx, host.dialect, {
      id: host.random.id(),
      subject: `reveal:${actor.id}`,
      most: 30,
      window: 60_000,
      now,
    });
    return await begin(
      {
        action: "secrets.reveal",
        details: {
          key: params.key,
          revision: input.revision ?? "newest",
          ...(input.reason === undefined ? {} : { reason: input.reason }),
        },
      },
      { key: params.key, environment: environment.id },
    );
  },
  effect: async ({ host, app, environment, input }, { key }) => {
    const store = storeOf(host, app, environment);
    const manifest =
      input.revision === undefined
        ? await newestManifest(host.db, { host, app, environment }, { store })
        : await store.manifest({ at: input.revision });
    if (manifest === null && input.revision !== undefined) {
      throw new KeyrollError("revision_gone", `Revision ${input.revision} cannot be read.`, {
        field: "revision",
        actual: input.revision,
      });
    }
    if (manifest?.entries.has(key) !== true) throw new KeyrollError("not_found", `\`${key}\` is not saved.`, { key });
    return { value: (await store.read(manifest.revision, [key])).get(key), revision: manifest.revision };
  },
  settle: async ({ commit }, { key }, { value, revision }) =>
    await commit(null, { key, value: typedReply(value), revision }),
  recover: "nothing-to-recover",
});
