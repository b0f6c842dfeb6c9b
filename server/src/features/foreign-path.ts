import type { InputOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import {
  checkKey,
  count,
  isShellName,
  type LineError,
  type Notice,
  type PairEntry,
  type PairsResult,
  valueFacts,
} from "@keyroll/pairs";
import type { Reader } from "../database/schema.ts";
import type { ForeignPlace, ForeignValue, ForeignValues } from "../ports/secret-store.ts";
import { scopeOf, type Host } from "./host.ts";
import { plainOf } from "./plain.ts";

type From = InputOf<Routes["connections.comparePath"]>["from"];

/** Pairs, and what is to be said of their source as a whole. */
export interface ForeignPairs extends PairsResult {
  readonly notices: readonly { readonly id: string; readonly message: string }[];
}

/** A store, and whose it is: with its credentials a path is read. */
export interface AskingStore {
  /** Of the environment or the connection, for people. */
  readonly name: string;
  readonly kind: string;
  readonly settings: unknown;
  /** The environment that asks; null: none is made yet. */
  readonly environmentId: string | null;
}

/**
 * The path that may be read: never one where Keyroll keeps the values of an environment, which have doors of their own.
 * @throws {KeyrollError} `invalid`: there is no such thing here, or it is no path; `in_use` naming the environment.
 */
export const pathOf = async (host: Host, db: Reader, store: AskingStore, from: From): Promise<ForeignPlace> => {
  const foreign = host.stores.foreign(store.kind);
  if (foreign === null) {
    throw new KeyrollError(
      "invalid",
      `\`${store.name}\` has its values in ${host.stores.kind(store.kind).label}: a path of AWS Parameter Store can only be imported where the store is in AWS.`,
      {
        field: "from",
        next: "Export the parameters to a file and import that, or use one whose store is in AWS.",
        changed: false,
      },
    );
  }
  const place = foreign.place(store.settings, { path: from.ssmPath, region: from.region });
  const others = await db
    .selectFrom("environments")
    // Also where a move has left a copy behind.
    .innerJoin("connections", (join) =>
      join.on((e) =>
        e.or([
          e("connections.id", "=", e.ref("environments.connection_id")),
          e("connections.id", "=", e.ref("environments.moved_from")),
        ]),
      ),
    )
    .innerJoin("apps", "apps.id", "environments.app_id")
    .select(["environments.id", "environments.name", "connections.store_kind", "connections.store_settings"])
    .select(["apps.id as app_id", "apps.name as app"])
    .execute();
  for (const other of others) {
    const scope = scopeOf({ id: other.app_id, name: other.app }, other);
    const held = host.stores.valuesAt(other.store_kind, JSON.parse(other.store_settings), scope);
    if (held === null || held.region !== place.region || !`${place.path}/`.startsWith(`${held.path}/`)) continue;
    const name = `${other.app}/${other.name}`;
    throw new KeyrollError("in_use", `${place.path} lies where Keyroll keeps the values of ${name}.`, {
      field: "from.ssmPath",
      next:
        other.id === store.environmentId
          ? "They are saved here already."
          : `Copy its keys from the environment itself, which is recorded there: \`keyroll compare ${name}\` shows them.`,
      changed: false,
    });
  }
  return place;
};

/** `db-url` as `DB_URL`: letters of the environment variables that people give such parameters. */
const shellNameOf = (name: string): string =>
  name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/gu, "_")
    .replace(/^(?=\d)/u, "_");

const deeper = (place: ForeignPlace, { count: n, more, below }: ForeignValues["nested"]): ForeignPairs["notices"] =>
  n === 0
    ? []
    : [
        {
          id: "nested",
          message: `${count(n, "parameter")}${more ? " or more" : ""} deeper below ${place.path} ${n === 1 ? "is" : "are"} not taken: import ${below.map((part) => `${place.path}/${part}`).join(", ")} on ${below.length === 1 ? "its" : "their"} own`,
        },
      ];

/** What lies directly below the path, and what is to be said of the rest. @throws {KeyrollError} `not_found`; the provider's own. */
export const readPath = async (
  host: Host,
  { kind, settings }: Pick<AskingStore, "kind" | "settings">,
  place: ForeignPlace,
): Promise<Pick<ForeignValues, "values"> & Pick<ForeignPairs, "notices">> => {
  const foreign = host.stores.foreign(kind);
  if (foreign === null) throw new KeyrollError("internal", "The store has changed meanwhile.");
  const { values, nested } = await foreign.read(settings, place, host);
  return { values, notices: deeper(place, nested) };
};

/** Values under names as pairs. A name that is no key, or that two parameters would share, is an error. */
export const toPairs = (
  values: readonly ForeignValue[],
  { shellNames, notices }: { readonly shellNames: boolean } & Pick<ForeignPairs, "notices">,
): ForeignPairs => {
  const entries: PairEntry[] = [];
  const errors: LineError[] = [];
  const taken = new Map<string, string>();
  for (const { name, value, list } of values) {
    const key = shellNames && !isShellName(name) ? shellNameOf(name) : name;
    const broken = checkKey(key);
    const twin = taken.get(key);
    if (broken !== null) {
      const message = `${broken.message} As a shell name it would be \`${shellNameOf(name)}\`.`;
      errors.push({ line: 0, id: broken.rule, message });
      continue;
    }
    if (twin !== undefined) {
      errors.push({ line: 0, id: "duplicate", message: `\`${twin}\` and \`${name}\` would both become \`${key}\`.` });
      continue;
    }
    taken.set(key, name);
    const own: Notice[] = [];
    if (key !== name) own.push({ id: "renamed", key, message: `the parameter's name is ${name}` });
    else if (!isShellName(name)) {
      const message = `no shell name: \`$${name}\` cannot be written; as a shell name it would be \`${shellNameOf(name)}\``;
      own.push({ id: "shell-name", key, message });
    }
    if (list) own.push({ id: "string-list", key, message: "a StringList: taken as its text, with the commas" });
    const { bytes, lines } = valueFacts(plainOf(value));
    entries.push({ key, value: plainOf(value), line: 0, bytes, lines, notices: own });
  }
  return { entries, errors, notices };
};
