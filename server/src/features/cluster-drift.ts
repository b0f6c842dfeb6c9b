import { isDeepStrictEqual } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal } from "../database/journal.ts";
import { unfinishedNumber } from "../database/deployed-goals.ts";
import type { Tx } from "../database/schema.ts";
import { foreignKeys, insertWrite, lastWrites, type LastWrites } from "../database/writes.ts";
import type { Glance, KeyWriter, Target } from "../ports/target.ts";
import { deployedContent, deployedRelease } from "./deployed-content.ts";
import { storeOf, type Host } from "./host.ts";
import {
  driftSentence,
  holdDrift,
  keepKnown,
  knownDrift,
  openEntries,
  unmovedAt,
  type DriftEntry,
  type KnownDrift,
} from "./known-drift.ts";
import { openTarget } from "./open-target.ts";
import { keysOf, pairsOf } from "./pairs-of.ts";
import { releaseDrift } from "./release-drift.ts";
import type { AppRow, EnvironmentRow } from "./subject.ts";

interface Where {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/** Looks that may be overtaken, one after the other, before what others have found is taken. */
const attempts = 3;

interface Looking {
  readonly target?: Target;
  /** Number of the deployment that looks; while another one is at work nothing is drift. */
  readonly own?: number | null;
  /** The release is left out: the deployment that looks has just moved it. */
  readonly secretOnly?: boolean;
}

/**
 * What others changed in the cluster since Keyroll's last write, looked at now and recorded: in the table of known
 * drift, in the timeline that the proof reads, and in the journal. Metadata first; values are compared inside the
 * server, and only when the Secret moved.
 * @throws {KeyrollError} when the cluster cannot be asked, or `sealed`.
 */
export const lookForDrift = async (where: Where, looking: Looking = {}): Promise<KnownDrift> => {
  for (let left = attempts; left > 0; left--) {
    const found = await lookOnce(where, looking);
    if (found !== null) return found;
  }
  return await knownDrift(where.host.db, where.environment.id);
};

/** Null: somebody else wrote, looked or decided meanwhile, so that what was seen is not what is there. */
const lookOnce = async (
  where: Where,
  { target: given, own = null, secretOnly = false }: Looking,
): Promise<KnownDrift | null> => {
  const { host, app, environment } = where;
  const known = await knownDrift(host.db, environment.id);
  const isBusy = async (db: Tx | Host["db"]): Promise<boolean> =>
    ![null, own].includes(await unfinishedNumber(db, environment.id));
  const writes = await lastWrites(host.db, environment.id);
  if (environment.type === "process" || writes === null || (await isBusy(host.db))) return known;
  const target = given ?? (await openTarget(host, app, environment));
  const glance = await target.glance();
  if (glance === null) return known;
  const [secret, release] = await Promise.all([
    secretDrift(where, target, glance, writes, known),
    secretOnly ? known.entries.filter(({ place }) => place === "release") : releaseNow(where, target, known),
  ]);
  const found: KnownDrift = {
    ...known,
    lookedAt: host.clock.now(),
    resourceVersion: secret.comparedAt,
    entries: [...secret.entries, ...release],
    // What was adopted is settled as long as nobody touches the Secret again.
    adopted: secret.comparedAt !== null && secret.comparedAt === known.resourceVersion ? known.adopted : new Map(),
  };
  const seq = { last: writes.last.seq, own: writes.own.seq };
  return await host.db.transaction().execute(async (tx) => {
    const newest = await holdDrift(tx, host.dialect, environment.id);
    const now = await lastWrites(tx, environment.id);
    if (await isBusy(tx)) return newest;
    if (now?.own.seq !== seq.own) return null;
    // Several pages ask at the same moment: what another look has recorded meanwhile is the answer if it saw the same.
    if (newest.lookedAt !== known.lookedAt) return saysTheSame(newest, found) ? newest : null;
    if (now.last.seq !== seq.last) return null;
    await record(tx, where, { known, found, glance, writes });
    return found;
  });
};

const saysTheSame = (one: KnownDrift, other: KnownDrift): boolean =>
  isDeepStrictEqual({ ...one, lookedAt: null }, { ...other, lookedAt: null });

/** Whoever may not read Helm's records is told of the Secret all the same. */
const releaseNow = async (
  { host, environment }: Where,
  target: Target,
  known: KnownDrift,
): Promise<readonly DriftEntry[]> => {
  try {
    return await releaseDrift(target, await deployedRelease(host.db, environment.id), known.acceptedRelease);
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
    return known.entries.filter(({ place }) => place === "release");
  }
};

interface SecretDrift {
  readonly entries: readonly DriftEntry[];
  readonly comparedAt: string | null;
}

const entry = (
  key: string | null,
  kind: DriftEntry["kind"],
  message: string,
  who: Pick<DriftEntry, "at" | "by"> = { at: null, by: null },
): DriftEntry => ({ place: "cluster", key, kind, message, ...who });

const secretDrift = async (
  { host, app, environment }: Where,
  target: Target,
  glance: Glance,
  writes: LastWrites,
  known: KnownDrift,
): Promise<SecretDrift> => {
  const name = `${environment.namespace ?? ""}/${environment.secretName ?? ""}`;
  if (!glance.exists) return { entries: [entry(null, "deleted", `The Secret ${name} was deleted.`)], comparedAt: null };
  const version = glance.resourceVersion;
  if (version === writes.own.resourceVersion && writes.last.kind !== "foreign")
    return { entries: [], comparedAt: version };
  if (version !== null && version === known.resourceVersion)
    return { entries: known.entries.filter(({ place }) => place === "cluster"), comparedAt: version };
  const unmarked = glance.ours
    ? []
    : [entry(null, "unmarked", `Keyroll's marks were removed from the Secret ${name}, or replaced.`)];
  const store = storeOf(host, app, environment);
  const { goal, leaving } = await deployedContent(host.db, environment.id, writes.own);
  const keys = await keysOf(store, goal);
  const whoOf = (key: string): Pick<DriftEntry, "at" | "by"> => writerOf(glance.writers, writes.own, key);
  try {
    const found = await target.compare({
      revision: goal.revision,
      keys,
      tolerated: leaving,
      values: async () => await pairsOf(store, goal),
    });
    if (found === null) return { entries: unmarked, comparedAt: null };
    return {
      entries: [
        ...unmarked,
        ...found.changed.map((key) =>
          entry(key, "changed", `\`${key}\` has another value than was deployed.`, whoOf(key)),
        ),
        ...found.added.map((key) => entry(key, "added", `\`${key}\` was not deployed.`, whoOf(key))),
        // A key that is gone has no owner: who took it is not told.
        ...found.removed.map((key) => entry(key, "removed", `\`${key}\` was taken out of the Secret.`)),
      ],
      comparedAt: found.resourceVersion,
    };
  } catch (error) {
    // The values of the store cannot be had: what the metadata tells is told.
    if (!(error instanceof KeyrollError) || error.code === "provider_denied") throw error;
    return {
      entries: [...unmarked, ...byMetadata(glance, writes.own, new Set(keys), new Set(leaving))],
      comparedAt: null,
    };
  }
};

/** Keys that others own since our last write, and keys that nobody owns any more. */
const byMetadata = (
  glance: Glance,
  own: LastWrites["own"],
  keys: ReadonlySet<string>,
  leaving: ReadonlySet<string>,
): DriftEntry[] => {
  const owned = new Set(glance.writers.flatMap((writer) => writer.keys));
  const moved = [...owned].filter((key) => writerOf(glance.writers, own, key).by !== null && !leaving.has(key));
  const gone = owned.size === 0 ? [] : [...keys].filter((key) => !owned.has(key));
  return [
    ...moved.map((key) =>
      entry(
        key,
        keys.has(key) ? "changed" : "added",
        keys.has(key) ? `\`${key}\` was written by somebody else.` : `\`${key}\` was not deployed.`,
        writerOf(glance.writers, own, key),
      ),
    ),
    ...gone.map((key) => entry(key, "removed", `\`${key}\` was taken out of the Secret.`)),
  ];
};

/** Who wrote this key after Keyroll did. */
const writerOf = (
  writers: readonly KeyWriter[],
  own: LastWrites["own"],
  key: string,
): Pick<DriftEntry, "at" | "by"> => {
  const others = writers.filter(
    ({ keys, manager, at }) => keys.includes(key) && (manager !== "keyroll" || (at ?? 0) > own.at),
  );
  const newest = others.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
  return { at: newest?.at ?? null, by: newest?.manager ?? null };
};

interface Seen {
  readonly known: KnownDrift;
  readonly found: KnownDrift;
  readonly glance: Glance;
  readonly writes: LastWrites;
}

const keyedOf = ({ entries }: KnownDrift): DriftEntry[] =>
  entries.filter(({ place, key }) => place === "cluster" && key !== null);

/** What was found, in the table, the timeline and the journal. */
const record = async (tx: Tx, { host, environment }: Where, { known, found, glance, writes }: Seen): Promise<void> => {
  const now = host.clock.now();
  await keepKnown(tx, environment.id, now, found);
  const version = glance.resourceVersion;
  const seen = (await unmovedAt(tx, host.version, environment.id)) ?? 0;
  const since = Math.max(known.lookedAt ?? 0, seen, writes.last.at + 1);
  const base = { environmentId: environment.id, acknowledgedAt: null };
  const keyed = keyedOf(found);
  const rewrittenAt = Math.max(...glance.writers.map(({ manager, at }) => (manager === "keyroll" ? 0 : (at ?? 0))), 0);
  const isRewritten = writes.last.kind !== "foreign" && rewrittenAt > writes.last.at;
  if (version === null)
    // It is away since the last look: what starts without it did not get what was deployed.
    await insertWrite(tx, {
      ...base,
      revision: null,
      resourceVersion: `deleted:${writes.own.seq}`,
      at: since,
      changed: null,
      kind: "foreign",
    });
  else if (version !== writes.last.resourceVersion && keyed.length > 0)
    await insertWrite(tx, {
      ...base,
      revision: null,
      resourceVersion: version,
      // What only took keys away has no time of its own: it came after the last look.
      at: keyed.every((one) => one.at !== null) ? Math.max(...keyed.map((one) => one.at ?? 0)) : since,
      changed:
        found.resourceVersion === null
          ? null
          : [...new Set([...keyed, ...keyedOf(known)].flatMap(({ key }) => key ?? []))].toSorted(),
      kind: "foreign",
    });
  else if (
    version !== writes.last.resourceVersion &&
    found.resourceVersion !== null &&
    (writes.last.kind === "foreign" || isRewritten)
  ) {
    // Who wrote what was deployed anew may have written something else just before: what started meanwhile is in doubt.
    if (isRewritten)
      await insertWrite(tx, {
        ...base,
        revision: null,
        resourceVersion: `before:${version}`,
        at: since,
        changed: null,
        kind: "foreign",
      });
    // Somebody put it right again by hand, or a write of ours was not recorded.
    const changed = await foreignKeys(tx, environment.id);
    await insertWrite(tx, {
      ...base,
      revision: writes.own.revision,
      resourceVersion: version,
      at: isRewritten ? Math.max(since, rewrittenAt) : now,
      changed,
      kind: "goal",
    });
  }
  const [before, after] = [known, found].map((one) => JSON.stringify(openEntries(one)));
  if (before === after) return;
  const sentence = driftSentence(openEntries(found), environment.secretName);
  const place = openEntries(found).every((one) => one.place === "release") ? "release" : "cluster";
  await appendJournal(tx, environment.id, null, now, {
    type: "drift",
    state: sentence === null ? "settled" : "found",
    place: sentence === null ? "cluster" : place,
    message: sentence ?? "The cluster is as it was deployed again.",
  });
};
