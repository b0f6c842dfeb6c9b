import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { isAllowed, type Actor } from "../actor.ts";
import { passDoor } from "../door.ts";
import { holdStore } from "../held-store.ts";
import { scopeOf, storeAt, storeOf } from "../host.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { isDropping, oldPlace, printDropping, printFacts, revisionOfCopy } from "../left-behind.ts";
import { operation } from "../operation.ts";
import { environmentById, type EnvironmentRow } from "../subject.ts";
import { refuseUnderWay } from "../under-way.ts";
import { connectionOf } from "./connection.ts";
import { environmentView } from "./queries.ts";

/** Pointing an environment with values at another store is a door to them. @throws {KeyrollError} `not_allowed`. */
export const requireExport = (actor: Actor): void => {
  if (!isAllowed(actor, "secret:export") || !isAllowed(actor, "secret:reveal"))
    throw new KeyrollError("not_allowed", "This needs the permission secret:export.");
};

const noCopy = (environment: EnvironmentRow): KeyrollError =>
  new KeyrollError("not_found", `No move has left a copy of the values of \`${environment.name}\` behind.`, {
    next: "`keyroll env show` says where the values are.",
    changed: false,
  });

/** @throws {KeyrollError} `in_use`: the copy may not be whole any more, and what is live now would be dropped for it. */
const refuseDropped = (environment: EnvironmentRow): void => {
  if (!isDropping(environment)) return;
  throw new KeyrollError("in_use", `The old copy of the values of \`${environment.name}\` is being dropped.`, {
    next: "There is no way back to it: drop it to its end with `keyroll env move-store --confirm`; nothing was changed.",
    changed: false,
  });
};

/** Switches back to the copy that was left behind, while nothing was saved since; what is left now is the other one. */
export const moveBack = operation(routes["environments.moveBack"], {
  begin: async ({ actor, environment, input, now, begin }) => {
    if (environment.movedFrom === null) throw noCopy(environment);
    refuseDropped(environment);
    requireExport(actor);
    passDoor({ actor, now, reason: input.reason }, [environment]);
    return await begin(
      {
        action: "environments.moveBack",
        details: {
          revision: revisionOfCopy(environment),
          ...(input.reason === undefined ? {} : { reason: input.reason }),
        },
      },
      { revision: revisionOfCopy(environment) },
    );
  },
  effect: async ({ host, app, environment }, { revision }) => {
    const place = await oldPlace(host.db, environment);
    if (place === null) throw noCopy(environment);
    const newest = await storeOf(host, app, environment).manifest();
    if (newest?.revision !== revision) throw savedSince(revision, newest?.revision ?? 0);
    // Whole, or it is no way back.
    const old = storeAt(host, place, scopeOf(app, environment));
    await old.read(revision);
    return (await old.revisions({ limit: 100_000 })).filter((one) => one.readable).map((one) => one.revision);
  },
  settle: async ({ tx, host, app, environment, commit }, { revision }, readable) => {
    await holdStore(tx, host.dialect, environment);
    await refuseUnderWay(tx, environment);
    const saved = await recordedRevision(tx, environment.id);
    if (saved !== revision) throw savedSince(revision, saved);
    // As it is now: the drop of the copy may have begun since this was.
    const now = await environmentById(tx, environment.id);
    const place = now === null ? null : await oldPlace(tx, now);
    if (now === null || now.movedFrom === null || place === null) throw noCopy(environment);
    refuseDropped(now);
    await tx
      .updateTable("environments")
      .set({
        connection_id: now.movedFrom,
        store_numbers: place.storeNumbers === null ? null : JSON.stringify(place.storeNumbers),
        moved_from: environment.connectionId,
        moved_facts: printFacts(environment.storeNumbers, revision),
      })
      .where("id", "=", environment.id)
      .execute();
    await tx
      .updateTable("revisions")
      .set({ readable: 1 })
      .where("environment_id", "=", environment.id)
      .where("revision", "in", readable)
      .execute();
    const row = await environmentById(tx, environment.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app, row) });
  },
  // Nothing is written before the one transaction that switches.
  recover: "nothing-to-recover",
});

const savedSince = (then: number, now: number): KeyrollError =>
  new KeyrollError("revision_conflict", `Revision ${now} was saved since the move; the old copy ends with ${then}.`, {
    actual: now,
    limit: then,
    next: "Move the values with `keyroll env move-store` instead, after dropping the old copy (`--confirm`).",
    changed: false,
  });

/** Destroys the copy that the last move left behind. */
export const dropOldStore = operation(routes["environments.dropOldStore"], {
  begin: async ({ tx, host, environment, input, begin }) => {
    await holdStore(tx, host.dialect, environment);
    if (environment.movedFrom === null || environment.movedFacts === null) throw noCopy(environment);
    const { name } = await connectionOf(tx, environment.movedFrom);
    if (input.confirm !== environment.name) {
      throw new KeyrollError(
        "confirmation_required",
        `The copy in the store of \`${name}\` would be destroyed, with its history.`,
        {
          field: "confirm",
          next: `Give confirm with the environment's name, \`${environment.name}\`, to go on.`,
          changed: false,
        },
      );
    }
    await tx
      .updateTable("environments")
      .set({ moved_facts: printDropping(environment.movedFacts) })
      .where("id", "=", environment.id)
      .where("moved_from", "=", environment.movedFrom)
      .execute();
    return await begin(
      { action: "environments.dropOldStore", details: { connection: name, revision: revisionOfCopy(environment) } },
      { from: environment.movedFrom },
    );
  },
  effect: async ({ host, app, environment }) => {
    const place = await oldPlace(host.db, environment);
    if (place !== null) await storeAt(host, place, scopeOf(app, environment)).upkeep.destroy("purge");
  },
  settle: async ({ tx, host, app, environment, commit }, { from }) => {
    await tx
      .updateTable("environments")
      .set({ moved_from: null, moved_facts: null })
      .where("id", "=", environment.id)
      .where("moved_from", "=", from)
      .execute();
    const row = await environmentById(tx, environment.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app, row) });
  },
  // It looks first: asked again, what is gone already stays gone.
  recover: "nothing-to-recover",
});
