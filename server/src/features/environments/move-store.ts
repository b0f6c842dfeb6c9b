import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { publishedRevision, runningRevisions } from "../../database/deployed-goals.ts";
import type { Db, Tx } from "../../database/schema.ts";
import type { Manifest, SecretStore } from "../../ports/secret-store.ts";
import { passDoor } from "../door.ts";
import { scopeOf, storeAt, storeOf, type Host, type StorePlace } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { printFacts } from "../left-behind.ts";
import { operation } from "../operation.ts";
import { appById, environmentById, type AppRow, type EnvironmentRow } from "../subject.ts";
import { refuseUnderWay } from "../under-way.ts";
import { refuseUnfit, replay, travelling, verifyCopy } from "./copy-store.ts";
import { connectionOf } from "./connection.ts";
import { requireExport } from "./old-store.ts";
import { environmentView } from "./queries.ts";

const intents = z.object({
  txn: z.string(),
  to: z.string(),
  storeKind: z.string(),
  storeSettings: z.string(),
  /** A revision that must be readable afterwards: deployed, or what a deployment would go back to. */
  needed: z.number().nullable(),
});
type Intent = z.output<typeof intents>;

const placeOf = ({ storeKind, storeSettings }: Intent): StorePlace => ({
  storeKind,
  storeSettings,
  storeNumbers: null,
});

/** `txn` while it looks, `txn writing` once all that lies in the new store is its own. */
const writing = (txn: string): string => `${txn} writing`;

const held = async (db: Db | Tx, environmentId: string): Promise<string | null> => {
  const row = await db.selectFrom("environments").select("moving").where("id", "=", environmentId).executeTakeFirst();
  return row?.moving ?? null;
};

const mark = async (db: Db | Tx, environmentId: string, from: string, to: string | null): Promise<boolean> => {
  const done = await db
    .updateTable("environments")
    .set({ moving: to })
    .where("id", "=", environmentId)
    .where("moving", "=", from)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
};

const overtaken = (): KeyrollError =>
  new KeyrollError("lease_lost", "This server was silent for too long: the move was given up, and nothing was moved.");

/** @throws {KeyrollError} `in_use`: the connection leads to another place by now than the one that was copied to. */
const requireUnchanged = async (db: Db | Tx, host: Host, intent: Intent): Promise<void> => {
  const rows = db.selectFrom("connections").select(["store_kind", "store_settings"]).where("id", "=", intent.to);
  // Where it is asked before the switch, nobody edits the connection until that is made.
  const row = await (db.isTransaction && host.dialect === "postgres" ? rows.forUpdate() : rows).executeTakeFirst();
  if (row?.store_kind === intent.storeKind && row.store_settings === intent.storeSettings) return;
  throw new KeyrollError("in_use", "The other connection's store was changed meanwhile; nothing was moved.", {
    field: "connection",
    next: "Look at the connection, then move again.",
    changed: false,
  });
};

/** Takes back what a move has written, if it had begun to, and lets saves in again. */
const giveUp = async (host: Host, app: AppRow, environment: EnvironmentRow, intent: Intent): Promise<string> => {
  const now = await held(host.db, environment.id);
  if (now !== intent.txn && now !== writing(intent.txn)) return "it had ended already";
  let left = "";
  if (now === writing(intent.txn)) {
    try {
      await storeAt(host, placeOf(intent), scopeOf(app, environment)).upkeep.destroy("purge");
    } catch {
      // It cannot be reached: what is left there stands in the way of the next move, which says so.
      left = "; what it had written to the new store could not be removed";
    }
  }
  await mark(host.db, environment.id, now, null);
  return `the values stayed where they were${left}`;
};

/** @throws {KeyrollError} `in_use`: it is the same place, or something lies there already. */
const requireEmpty = async (target: SecretStore, newest: Manifest | null, name: string): Promise<void> => {
  const there = await target.manifest();
  const foreign = there === null ? await target.upkeep.inspect() : [];
  if (there === null && foreign.length === 0) return;
  const what =
    there === null
      ? `${foreign.length} values that Keyroll did not write lie`
      : there.txn === newest?.txn
        ? "It is the same place: the values of this environment lie"
        : "Values of this environment lie";
  throw new KeyrollError("in_use", `${what} where connection \`${name}\` would keep them.`, {
    field: "connection",
    next: "Use a connection with another prefix, or remove what lies there.",
    changed: false,
  });
};

/**
 * Moves the values to the store of another connection: copies them with their revisions' numbers, compares both to the
 * last byte, and switches. The old copy stays until it is dropped. Nothing is saved or deployed meanwhile.
 */
export const moveStore = operation(routes["environments.moveStore"], {
  begin: async ({ tx, host, actor, environment, input, now, begin }) => {
    const to = await connectionOf(tx, input.connection);
    const from = await connectionOf(tx, environment.connectionId);
    requireExport(actor);
    const refuse = (message: string, next: string): never => {
      throw new KeyrollError("invalid", message, { field: "connection", next, changed: false });
    };
    if (to.id === from.id) refuse(`The values are in the store of \`${to.name}\`.`, "Name another connection.");
    if (to.cluster_key !== from.cluster_key) {
      refuse(
        `\`${to.name}\` leads to another cluster than \`${from.name}\`: moving the values is not moving the app.`,
        "Make a connection to the same cluster with the other store.",
      );
    }
    if (to.store_kind === from.store_kind && to.store_settings === from.store_settings)
      refuse(`\`${to.name}\` has the same store as \`${from.name}\`.`, "Name a connection with another store.");
    if (environment.movedFrom !== null) {
      throw new KeyrollError("in_use", "The copy that the last move left behind is still there.", {
        next: "Drop it (`keyroll env move-store --confirm`), or switch back to it (`--back`).",
        changed: false,
      });
    }
    await refuseUnderWay(tx, environment);
    passDoor({ actor, now, reason: input.reason }, [environment]);
    const published = await publishedRevision(tx, environment.id);
    const needed = [...(await runningRevisions(tx, environment.id)), ...(published === null ? [] : [published])];
    const intent: Intent = {
      txn: `move-${host.random.id()}`,
      to: to.id,
      storeKind: to.store_kind,
      storeSettings: to.store_settings,
      needed: needed.length === 0 ? null : Math.min(...needed),
    };
    await tx.updateTable("environments").set({ moving: intent.txn }).where("id", "=", environment.id).execute();
    return await begin(
      {
        action: "environments.moveStore",
        details: {
          from: from.name,
          to: to.name,
          stores: [from.store_kind, to.store_kind],
          history: input.history,
          ...(input.reason === undefined ? {} : { reason: input.reason }),
        },
      },
      intent,
    );
  },
  effect: async ({ host, app, environment, input, signal, progress }, intent) => {
    try {
      const source = storeOf(host, app, environment);
      const scope = scopeOf(app, environment);
      const kind = host.stores.kind(intent.storeKind);
      const target = storeAt(host, placeOf(intent), scope);
      const last = await newestManifest(host.db, { host, app, environment }, { store: source });
      const manifests = await travelling(source, last, { history: input.history, needed: intent.needed });
      refuseUnfit(kind, manifests);
      await requireEmpty(target, manifests.at(-1) ?? null, input.connection);
      const [oldest, newest] = [manifests[0], manifests.at(-1)];
      if (oldest === undefined || newest === undefined) {
        await requireUnchanged(host.db, host, intent);
        return { numbers: null, moved: null };
      }
      if (!(await mark(host.db, environment.id, intent.txn, writing(intent.txn)))) throw overtaken();
      const hold = async (): Promise<void> => {
        signal.throwIfAborted();
        if ((await held(host.db, environment.id)) !== writing(intent.txn)) throw overtaken();
      };
      const write = async (work: (store: SecretStore) => Promise<Manifest>): Promise<Manifest> =>
        kind.capabilities.transactional
          ? await host.db.transaction().execute(async (tx) => await work(storeAt(host, placeOf(intent), scope, tx)))
          : await work(target);
      const numbers = await replay(source, write, manifests, {
        txn: intent.txn,
        signal,
        hold,
        progress,
      });
      await verifyCopy(source, target, numbers, manifests);
      await hold();
      const now = await source.manifest();
      if (now?.txn !== newest.txn) {
        throw new KeyrollError(
          "revision_conflict",
          "Something was saved behind Keyroll meanwhile; nothing was moved.",
          {
            actual: now?.revision ?? 0,
            limit: newest.revision,
            changed: false,
          },
        );
      }
      await requireUnchanged(host.db, host, intent);
      return {
        numbers,
        moved: { oldest: oldest.revision, newest: newest.revision, keys: newest.entries.size },
      };
    } catch (error) {
      // What may have been written goes away with the rest; a server that is overtaken touches nothing.
      await giveUp(host, app, environment, intent);
      throw error;
    }
  },
  settle: async ({ tx, host, app, environment, commit }, intent, { numbers, moved }) => {
    await requireUnchanged(tx, host, intent);
    const made = await tx
      .updateTable("environments")
      .set({
        connection_id: intent.to,
        store_numbers: numbers === null ? null : JSON.stringify(numbers),
        moving: null,
        moved_from: moved === null ? null : environment.connectionId,
        moved_facts: moved === null ? null : printFacts(environment.storeNumbers, moved.newest),
      })
      .where("id", "=", environment.id)
      .where("moving", "in", [intent.txn, writing(intent.txn)])
      .executeTakeFirst();
    if (made.numUpdatedRows !== 1n) throw overtaken();
    // What did not come along cannot be read from here on, unless the environment goes back to the old copy.
    if (moved !== null) {
      await tx
        .updateTable("revisions")
        .set({ readable: 0 })
        .where("environment_id", "=", environment.id)
        .where("revision", "<", moved.oldest)
        .execute();
    }
    const row = await environmentById(tx, environment.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app, row), moved });
  },
  recover: async (host, row) => {
    const environment = row.environmentId === null ? null : await environmentById(host.db, row.environmentId);
    const app = environment === null ? null : await appById(host.db, environment.appId);
    if (environment === null || app === null) return "the environment is gone";
    return await giveUp(host, app, environment, intents.parse(row.intent));
  },
});
