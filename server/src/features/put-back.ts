import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal } from "../database/journal.ts";
import { unfinishedNumber } from "../database/deployed-goals.ts";
import { acquireLease, releaseLease, requireLease } from "../database/leases.ts";
import { insertWrite, lastWrites } from "../database/writes.ts";
import type { Secret } from "../ports/secret.ts";
import type { Target } from "../ports/target.ts";
import { lookForDrift } from "./cluster-drift.ts";
import { deployedContent } from "./deployed-content.ts";
import { storeOf, type Host } from "./host.ts";
import { driftSentence, keepKnown, type DriftEntry, type KnownDrift } from "./known-drift.ts";
import { openTarget } from "./open-target.ts";
import { pairsOf } from "./pairs-of.ts";
import type { AppRow, EnvironmentRow } from "./subject.ts";

interface Where {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/** As long as the write of one Secret may take. */
const leaseLasts = 30_000;

/**
 * Writes what was deployed into `app-secrets` again, compare-and-swap: these keys, or all that differs. The worker of
 * deployments is kept out meanwhile. No revision is made and nothing restarts.
 * @throws {KeyrollError} `deployment_running`; `not_found` for keys that do not differ; `foreign_secret` when somebody
 * changed the Secret again while it was written, or it is not ours to take.
 */
export const putBack = async (
  where: Where,
  keys: readonly string[],
  { byItself }: { readonly byItself: boolean },
): Promise<string[]> => {
  const { host, app, environment } = where;
  const lease = await acquireLease(host, `environment:${environment.id}`, host.instance, leaseLasts);
  const busy = await unfinishedNumber(host.db, environment.id);
  if (lease === null || busy !== null) {
    if (lease !== null) await releaseLease(host, lease);
    throw new KeyrollError("deployment_running", "A deployment is at work: it writes what it is about itself.", {
      ...(busy === null ? {} : { actual: busy }),
      changed: false,
    });
  }
  try {
    const target = await openTarget(host, app, environment);
    const known = await lookForDrift(where, { target });
    const found = known.entries.filter(({ place }) => place === "cluster");
    const chosen = chooseFrom(found, keys, environment.secretName);
    const writes = await lastWrites(host.db, environment.id);
    if (writes === null || chosen.length === 0)
      throw new KeyrollError("not_found", "The cluster is as it was deployed: there is nothing to put back.", {
        next: "Look at the drift again: `keyroll drift`.",
        changed: false,
      });
    const content = await contentOf(where, target, writes, found, chosen);
    const glance = await target.glance();
    if (glance?.exists === true && !glance.free)
      throw new KeyrollError("foreign_secret", `The Secret ${environment.secretName ?? ""} is somebody else's now.`, {
        next: "`keyroll deploy` names the owner and how to move it over.",
        changed: false,
      });
    await host.db.transaction().execute(async (tx) => await requireLease(host, tx, lease));
    const left = found.filter((one) => one.key !== null && !chosen.includes(one));
    const written = await target.write({
      expect: known.resourceVersion ?? (glance?.exists === true ? (glance.resourceVersion ?? "absent") : "absent"),
      revision: content.revision,
      pairs: content.pairs,
      // The marks may be what was changed.
      adopt: true,
      foreign: left.length > 0,
    });
    const now = host.clock.now();
    const changed = chosen.flatMap(({ key }) => key ?? []).toSorted();
    await host.db.transaction().execute(async (tx) => {
      await requireLease(host, tx, lease);
      await insertWrite(tx, {
        environmentId: environment.id,
        revision: left.length > 0 ? null : content.revision,
        resourceVersion: written.resourceVersion ?? "",
        at: written.writtenAt ?? now,
        acknowledgedAt: now,
        // A Secret that was away has all of its keys anew.
        changed: chosen.some(({ kind }) => kind === "deleted") ? null : changed,
        kind: left.length > 0 ? "foreign" : "goal",
      });
      const rest: KnownDrift = {
        ...known,
        resourceVersion: written.resourceVersion,
        entries: known.entries.filter((one) => !chosen.includes(one)),
        adopted: new Map([...known.adopted].filter(([key]) => !changed.includes(key))),
        // The pace is Keyroll's own: what a person puts back does not make it wait.
        revertedAt: byItself ? now : known.revertedAt,
      };
      await keepKnown(tx, environment.id, now, rest);
      await appendJournal(tx, environment.id, null, now, {
        type: "drift",
        state: "overwritten",
        place: "cluster",
        message: `What was deployed is back in ${environment.secretName ?? "the Secret"}. It was: ${driftSentence(chosen, environment.secretName) ?? ""}`,
      });
    });
    return changed;
  } finally {
    await releaseLease(host, lease);
    await host.jobs.wake("deployments", environment.id);
  }
};

const chooseFrom = (
  found: readonly DriftEntry[],
  keys: readonly string[],
  secretName: string | null,
): readonly DriftEntry[] => {
  const missing = keys.filter((key) => !found.some((one) => one.key === key));
  if (missing.length > 0)
    throw new KeyrollError(
      "not_found",
      `${missing.map((key) => `\`${key}\``).join(", ")} ${missing.length === 1 ? "is" : "are"} in ${secretName ?? "the Secret"} as deployed: there is nothing to resolve.`,
      { field: "keys", keys: missing, next: "Look at the drift again: `keyroll drift`.", changed: false },
    );
  // A Secret that is gone or lost its marks is written whole: there is nothing of it to leave as it is.
  if (keys.length === 0 || found.some(({ key }) => key === null)) return found;
  return found.filter(({ key }) => key !== null && keys.includes(key));
};

/** What was deployed, but for the keys that stay as others made them and those that are still leaving. */
const contentOf = async (
  { host, app, environment }: Where,
  target: Target,
  writes: NonNullable<Awaited<ReturnType<typeof lastWrites>>>,
  found: readonly DriftEntry[],
  chosen: readonly DriftEntry[],
): Promise<{ readonly revision: number; readonly pairs: ReadonlyMap<string, Secret> }> => {
  const { goal, leaving } = await deployedContent(host.db, environment.id, writes.own);
  const pairs = new Map(await pairsOf(storeOf(host, app, environment), goal));
  const others = found.flatMap((one) => (one.key === null || chosen.includes(one) ? [] : [one.key]));
  const kept = [...others, ...leaving].map((key) => ({ key, binary: "as-found" as const }));
  const values = kept.length === 0 ? null : await target.values(kept);
  for (const key of others) pairs.delete(key);
  for (const [key, value] of values ?? []) pairs.set(key, value);
  return { revision: goal.revision, pairs };
};
