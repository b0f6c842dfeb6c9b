import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { refuseGone } from "../../database/retention.ts";
import { publishedGoal, type PublishedGoal } from "../../database/deployed-goals.ts";
import type { Secret } from "../../ports/secret.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import { countAttempt } from "../../database/attempts.ts";
import { operation } from "../operation.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { typedReply } from "./disclosure.ts";
import { passDoor } from "../door.ts";

/** Of what is deployed, the values that came from a newer revision, because the older ones are known to be dead. */
const keptValues = async (
  store: SecretStore,
  deployed: PublishedGoal | null,
  only: readonly string[] | undefined,
): Promise<ReadonlyMap<string, Secret>> => {
  if (deployed === null || deployed.keepFrom === null) return new Map();
  const newer = await store.manifest({ at: deployed.keepFrom });
  const keys = deployed.keep.filter((key) => newer?.entries.has(key) && (only === undefined || only.includes(key)));
  return keys.length === 0 ? new Map() : await store.read(deployed.keepFrom, keys);
};

/** @throws {KeyrollError} `not_found` for the first key that is asked for and not there: a script must not take it for empty. */
const refuseMissing = (only: readonly string[], names: ReadonlySet<string>, revision: number): void => {
  const key = only.find((one) => !names.has(one));
  if (key === undefined) return;
  const near = nearest(key, names);
  throw new KeyrollError("not_found", `\`${key}\` is not in revision ${revision}.`, {
    key,
    ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
  });
};

/** Values of a whole revision, for `run`, `export` and `get`. */
export const bundleSecrets = operation(routes["secrets.bundle"], {
  begin: async ({ tx, host, actor, app, environment, input, now, begin }) => {
    passDoor({ actor, now, reason: input.reason }, [environment]);
    await countAttempt(tx, host.dialect, {
      id: host.random.id(),
      subject: `bundle:${actor.id}`,
      most: 60,
      window: 60_000,
      now,
    });
    const deployed = input.of === "deployed" ? await publishedGoal(tx, environment.id) : null;
    if (input.of === "deployed" && deployed === null) {
      throw new KeyrollError("not_deployed", `Nothing is deployed in ${app.name}/${environment.name} yet.`, {
        next: "Run `keyroll deploy`, or take the newest saved values with --saved.",
      });
    }
    const at = typeof input.of === "number" ? input.of : (deployed?.revision ?? null);
    await refuseGone(tx, environment.id, at);
    return await begin(
      {
        action: "secrets.bundle",
        details: {
          purpose: input.purpose,
          of: at ?? "newest",
          keys: input.only ?? "all",
          ...(input.reason === undefined ? {} : { reason: input.reason }),
        },
      },
      { at, deployed },
    );
  },
  effect: async ({ host, app, environment, input }, { at, deployed }) => {
    const store = storeOf(host, app, environment);
    const manifest =
      at === null || at === 0
        ? await newestManifest(host.db, { host, app, environment }, { store })
        : await store.manifest({ at });
    if (manifest === null || at === 0) {
      if (at !== null && at > 0)
        throw new KeyrollError("revision_gone", `Revision ${at} cannot be read.`, { field: "of", actual: at });
      refuseMissing(input.only ?? [], new Set(), 0);
      return { revision: 0, values: new Map<string, Secret>() };
    }
    const kept = await keptValues(store, deployed, input.only);
    const names = new Set([...manifest.entries.keys(), ...kept.keys()]);
    refuseMissing(input.only ?? [], names, manifest.revision);
    // In the order in which they are asked for.
    const own = (input.only ?? [...manifest.entries.keys()]).filter(
      (key) => manifest.entries.has(key) && deployed?.keep.includes(key) !== true,
    );
    const values = own.length === 0 ? new Map<string, Secret>() : await store.read(manifest.revision, own);
    return { revision: manifest.revision, values: new Map([...values, ...kept]) };
  },
  settle: async ({ commit }, _, { revision, values }) =>
    await commit(null, {
      revision,
      values: Object.fromEntries([...values].map(([key, value]) => [key, typedReply(value)])),
    }),
  recover: "nothing-to-recover",
});
