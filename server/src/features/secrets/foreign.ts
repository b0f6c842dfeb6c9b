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
import type { Reader } from "../../database/schema.ts";
import type { ForeignPlace, ForeignValue, ForeignValues } from "../../ports/secret-store.ts";
import { scopeOf, type Host } from "../host.ts";
import { plainOf } from "../plain.ts";
import { openTarget } from "../open-target.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";

type From = NonNullable<InputOf<Routes["secrets.import"]>["from"]>;

/** Where pairs are read that nobody gives: a path in the store's cloud, or a Secret of the environment's namespace. */
export type Source = ForeignPlace | { readonly secret: string };

/** Pairs, and what is to be said of their source as a whole. */
export interface ForeignPairs extends PairsResult {
  readonly notices: readonly { readonly id: string; readonly message: string }[];
}

/**
 * What may be read. A path: with the credentials of this environment's store, and never one where Keyroll keeps the
 * values of an environment, which have doors of their own.
 * @throws {KeyrollError} `invalid`: there is no such thing here, or it is no path; `in_use` naming the environment.
 */
export const sourceOf = async (host: Host, db: Reader, environment: EnvironmentRow, from: From): Promise<Source> => {
  if ("ssmPath" in from) return await pathOf(host, db, environment, from);
  if (environment.type === "process")
    throw new KeyrollError("invalid", `\`${environment.name}\` has no cluster, so no Secret.`, {
      field: "from.secret",
      next: "Import a file instead.",
      changed: false,
    });
  return { secret: from.secret };
};

const pathOf = async (
  host: Host,
  db: Reader,
  environment: EnvironmentRow,
  from: Extract<From, { readonly ssmPath: string }>,
): Promise<ForeignPlace> => {
  const foreign = host.stores.foreign(environment.storeKind);
  if (foreign === null) {
    throw new KeyrollError(
      "invalid",
      `\`${environment.name}\` has its values in ${host.stores.kind(environment.storeKind).label}: a path of AWS Parameter Store can only be imported where the store is in AWS.`,
      {
        field: "from",
        next: "Export the parameters to a file and import that, or use an environment with a store in AWS.",
        changed: false,
      },
    );
  }
  const place = foreign.place(JSON.parse(environment.storeSettings), { path: from.ssmPath, region: from.region });
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
        other.id === environment.id
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

const readPath = async (host: Host, environment: EnvironmentRow, place: ForeignPlace) => {
  const foreign = host.stores.foreign(environment.storeKind);
  if (foreign === null) throw new KeyrollError("internal", "The store has changed meanwhile.");
  const { values, nested } = await foreign.read(JSON.parse(environment.storeSettings), place, host);
  return { values, notices: deeper(place, nested) };
};

const readSecret = async (host: Host, app: AppRow, environment: EnvironmentRow, name: string) => {
  const held = await (await openTarget(host, app, environment)).secretNamed(name);
  const values: ForeignValue[] = [...(held ?? [])].map(([key, value]) => ({ name: key, value, list: false }));
  return { values, notices: [] };
};

/** Reads the pairs of a source. A name that is no key, or that two parameters would share, is an error. */
export const readForeign = async (
  { host, app, environment }: { readonly host: Host; readonly app: AppRow; readonly environment: EnvironmentRow },
  source: Source,
  options: { readonly shellNames: boolean },
): Promise<ForeignPairs> => {
  const { values, notices: whole } =
    "secret" in source
      ? await readSecret(host, app, environment, source.secret)
      : await readPath(host, environment, source);
  const entries: PairEntry[] = [];
  const errors: LineError[] = [];
  const taken = new Map<string, string>();
  for (const { name, value, list } of values) {
    const key = options.shellNames && !isShellName(name) ? shellNameOf(name) : name;
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
    const notices: Notice[] = [];
    if (key !== name) notices.push({ id: "renamed", key, message: `the parameter's name is ${name}` });
    else if (!isShellName(name)) {
      const message = `no shell name: \`$${name}\` cannot be written; as a shell name it would be \`${shellNameOf(name)}\``;
      notices.push({ id: "shell-name", key, message });
    }
    if (list) notices.push({ id: "string-list", key, message: "a StringList: taken as its text, with the commas" });
    const { bytes, lines } = valueFacts(plainOf(value));
    entries.push({ key, value: plainOf(value), line: 0, bytes, lines, notices });
  }
  return { entries, errors, notices: whole };
};
