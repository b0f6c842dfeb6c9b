import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { countAttempt } from "../../database/attempts.ts";
import type { Manifest } from "../../ports/secret-store.ts";
import type { Host } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { storeOf } from "../host.ts";
import { writeAudit } from "../audit-entry.ts";
import { operation } from "../operation.ts";
import { mayReveal, passDoor } from "../door.ts";
import { nameOf, otherPlace, type Place } from "./other.ts";

type Status = "same" | "different" | "present" | "only-here" | "only-there";

/** Keys that both have with as many bytes of one kind: only of these the values have to be read. */
const alike = (here: Manifest, there: Manifest): string[] =>
  [...here.entries.values()].flatMap(({ key, bytes, binary }) => {
    const other = there.entries.get(key);
    return other !== undefined && other.bytes === bytes && other.binary === binary ? [key] : [];
  });

/** Which keys hold the same bytes on both sides; the values are in memory for as long as this takes. */
const equalKeys = async (host: Host, here: Place, there: Place, a: Manifest, b: Manifest): Promise<Set<string>> => {
  const keys = alike(a, b);
  if (keys.length === 0) return new Set();
  const [mine, theirs] = await Promise.all([
    storeOf(host, here.app, here.environment).read(a.revision, keys),
    storeOf(host, there.app, there.environment).read(b.revision, keys),
  ]);
  return new Set(
    keys.filter((key) => {
      const [one, two] = [mine.get(key), theirs.get(key)];
      if (one === undefined || two === undefined)
        throw new KeyrollError("integrity", `The value of \`${key}\` cannot be read.`, { key });
      return one.equals(two);
    }),
  );
};

/**
 * Two environments key by key, without a value. Whether two values are equal is as secret as they are: it is told
 * to those who may reveal both, after the audit entries of both are committed; others learn which keys are where.
 */
export const compareSecrets = operation(routes["secrets.compare"], {
  begin: async (ctx) => {
    const { tx, host, actor, app, environment, input, now, requestId, begin } = ctx;
    const [otherApp = "", otherEnv = ""] = input.with.split("/");
    const here = { app, environment };
    const there = await otherPlace(tx, actor, { app: otherApp, env: otherEnv });
    if (there.environment.id === environment.id) {
      throw new KeyrollError("invalid", "`with` names the same environment.", {
        field: "input.with",
        next: "Two revisions of one environment: `keyroll diff`.",
      });
    }
    const sides = [environment, there.environment];
    if (!mayReveal(actor, sides)) return await begin(null, { there, told: false });
    passDoor({ actor, now, reason: input.reason }, sides);
    const attempt = { id: host.random.id(), subject: `compare:${actor.id}`, most: 30, window: 60_000, now };
    await countAttempt(tx, host.dialect, attempt);
    const entry = (other: Place) => ({
      action: "secrets.compare",
      details: { with: nameOf(other), ...(input.reason === undefined ? {} : { reason: input.reason }) },
    });
    await writeAudit(tx, host, actor, requestId, there, entry(here));
    return await begin(entry(there), { there, told: true });
  },
  effect: async ({ host, app, environment }, { there, told }) => {
    const here = { app, environment };
    const [a, b] = await Promise.all([
      newestManifest(host.db, { host, ...here }),
      newestManifest(host.db, { host, ...there }),
    ]);
    const equal = told && a !== null && b !== null ? await equalKeys(host, here, there, a, b) : new Set<string>();
    const statusOf = (key: string): Status => {
      if (b?.entries.has(key) !== true) return "only-here";
      if (a?.entries.has(key) !== true) return "only-there";
      if (!told) return "present";
      return equal.has(key) ? "same" : "different";
    };
    const keys = [...new Set([...(a?.entries.keys() ?? []), ...(b?.entries.keys() ?? [])])].toSorted();
    return {
      here: a?.revision ?? 0,
      there: b?.revision ?? 0,
      keys: keys.map((key) => ({ key, status: statusOf(key) })),
    };
  },
  settle: async ({ app, environment, commit }, { there, told }, { here, there: other, keys }) =>
    await commit(null, {
      here: { app: app.name, env: environment.name, revision: here },
      there: { app: there.app.name, env: there.environment.name, revision: other },
      compared: told,
      keys,
    }),
  recover: "nothing-to-recover",
});
