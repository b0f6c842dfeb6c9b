import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../database/schema.ts";
import type { Manifest, SecretStore } from "../ports/secret-store.ts";
import { storeOf, type Host } from "./host.ts";
import type { AppRow, EnvironmentRow } from "./subject.ts";

/** The newest revision that was recorded as saved; 0: none. */
export const recordedRevision = async (db: Reader, environmentId: string): Promise<number> => {
  const row = await db
    .selectFrom("revisions")
    .select((e) => e.fn.max("revision").as("revision"))
    .where("environment_id", "=", environmentId)
    .executeTakeFirst();
  return row?.revision ?? 0;
};

interface Where {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

const missing = ({ host, app, environment }: Where, saved: number, shown: number): KeyrollError => {
  const kind = host.stores.kind(environment.storeKind);
  const facts = Object.entries(host.stores.place(kind.kind, JSON.parse(environment.storeSettings))).flatMap(
    ([name, value]) => (typeof value === "string" ? [`${name} \`${value}\``] : []),
  );
  const where = [kind.label, ...facts].join(", ");
  return new KeyrollError(
    "integrity",
    `Revision ${saved} of ${app.name} / ${environment.name} was saved, but ${where} shows ${shown === 0 ? "nothing" : `only revision ${shown}`} of it.`,
    {
      limit: shown,
      actual: saved,
      next: "Check that the server's credentials are of the account that holds the values (`keyroll connection check`). If they were deleted there, restore them from a backup.",
      changed: false,
    },
  );
};

interface Wish {
  readonly store?: SecretStore;
  readonly atLeast?: number;
  /** A commit on it follows at once, in the same store, maybe after reading these keys. */
  readonly toSave?: readonly string[];
}

/**
 * The newest revision in the store; null: never saved. `atLeast` waits out stale reads.
 *
 * @throws {KeyrollError} `integrity` when the store shows less than was saved: another account or Region answers, or
 * somebody deleted it. Taken for "never saved", the next save would begin anew and strand what lies in the right place.
 */
export const newestManifest = async (
  db: Reader,
  where: Where,
  { store = storeOf(where.host, where.app, where.environment), atLeast = 0, toSave }: Wish = {},
): Promise<Manifest | null> => {
  const saved = await recordedRevision(db, where.environment.id);
  const manifest = await store.manifest({
    atLeast: Math.max(saved, atLeast),
    ...(toSave === undefined ? {} : { toSave }),
  });
  if ((manifest?.revision ?? 0) < saved) throw missing(where, saved, manifest?.revision ?? 0);
  return manifest;
};
