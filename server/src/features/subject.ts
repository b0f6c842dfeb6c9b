import { KeyrollError } from "@keyroll/contract/errors";
import { environmentSettings } from "@keyroll/contract";
import { nearest } from "@keyroll/pairs";
import type { z } from "zod";
import type { Reader } from "../database/schema.ts";
import { isMove } from "./held-store.ts";
import { readNumbers, type StoreNumbers } from "./store-numbers.ts";

export interface AppRow {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly createdAt: number;
}

export type EnvironmentSettings = z.output<typeof environmentSettings>;

export interface EnvironmentRow {
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  readonly kind: "sandbox" | "production";
  readonly type: "helm" | "restart" | "process";
  readonly connectionId: string;
  readonly namespace: string | null;
  readonly releaseName: string | null;
  readonly secretName: string | null;
  readonly settings: EnvironmentSettings;
  readonly createdAt: number;
  readonly storeKind: string;
  readonly storeSettings: string;
  /** How its revisions are numbered there; null: as the store does. */
  readonly storeNumbers: StoreNumbers | null;
  /** The connection whose store still has the copy that the last move left behind. */
  readonly movedFrom: string | null;
  readonly movedFacts: string | null;
  readonly isMoving: boolean;
  readonly isRemoving: boolean;
}

/** The rows that a route's path names. */
export interface Subject {
  readonly app?: AppRow;
  readonly environment?: EnvironmentRow;
}

export type SubjectOf<Path extends string> = (Path extends `${string}{app}${string}`
  ? { readonly app: AppRow }
  : unknown) &
  (Path extends `${string}{env}${string}` ? { readonly environment: EnvironmentRow } : unknown);

const kindOf = (text: string): EnvironmentRow["kind"] => (text === "production" ? "production" : "sandbox");
const typeOf = (text: string): EnvironmentRow["type"] => (text === "helm" || text === "restart" ? text : "process");

const appRow = async (db: Reader, nameOrId: string): Promise<AppRow | null> => {
  const row = await db
    .selectFrom("apps")
    .selectAll()
    .where((or) => or.or([or("name", "=", nameOrId), or("id", "=", nameOrId)]))
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, name: row.name, title: row.title, createdAt: row.created_at };
};

const environmentsOf = (db: Reader) =>
  db
    .selectFrom("environments")
    .innerJoin("connections", "connections.id", "environments.connection_id")
    .selectAll("environments")
    .select(["connections.store_kind", "connections.store_settings"]);

type Joined = Awaited<ReturnType<ReturnType<typeof environmentsOf>["executeTakeFirstOrThrow"]>>;

const toEnvironment = (row: Joined): EnvironmentRow => ({
  id: row.id,
  appId: row.app_id,
  name: row.name,
  kind: kindOf(row.kind),
  type: typeOf(row.type),
  connectionId: row.connection_id,
  namespace: row.namespace,
  releaseName: row.release_name,
  secretName: row.secret_name,
  settings: environmentSettings.parse(JSON.parse(row.settings)),
  createdAt: row.created_at,
  storeKind: row.store_kind,
  storeSettings: row.store_settings,
  storeNumbers: readNumbers(row.store_numbers),
  movedFrom: row.moved_from,
  movedFacts: row.moved_facts,
  isMoving: isMove(row.moving),
  isRemoving: row.moving !== null && !isMove(row.moving),
});

/** For workers, which know ids. Null: it was removed. */
export const environmentById = async (db: Reader, id: string): Promise<EnvironmentRow | null> => {
  const row = await environmentsOf(db).where("environments.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toEnvironment(row);
};

export const appById = async (db: Reader, id: string): Promise<AppRow | null> => await appRow(db, id);

const suggestion = (word: string, words: readonly string[], list: string): { next: string } => {
  const near = nearest(word, words);
  return { next: near === null ? `\`${list}\` lists them.` : `Did you mean \`${near}\`?` };
};

/**
 * Loads what the path names. Names of other things are suggested only to those who may see them.
 * @throws {KeyrollError} `not_found`.
 */
export const loadSubject = async (
  path: string,
  params: Readonly<Record<string, string>>,
  db: Reader,
  maySee: () => boolean,
): Promise<Subject> => {
  if (!path.includes("{app}")) return {};
  const wanted = params["app"] ?? "";
  const app = maySee() ? await appRow(db, wanted) : null;
  if (app === null) {
    const names = maySee() ? (await db.selectFrom("apps").select("name").execute()).map((row) => row.name) : [];
    throw new KeyrollError(
      maySee() ? "not_found" : "not_allowed",
      maySee() ? `There is no app \`${wanted}\`.` : "This is not allowed.",
      {
        field: "app",
        ...(maySee() ? suggestion(wanted, names, "keyroll app ls") : {}),
      },
    );
  }
  if (!path.includes("{env}")) return { app };
  const name = params["env"] ?? "";
  const rows = (await environmentsOf(db).where("environments.app_id", "=", app.id).execute()).map(toEnvironment);
  const environment = rows.find((row) => row.name === name || row.id === name);
  if (environment === undefined) {
    throw new KeyrollError("not_found", `App \`${app.name}\` has no environment \`${name}\`.`, {
      field: "env",
      ...suggestion(
        name,
        rows.map((row) => row.name),
        `keyroll env ls --app ${app.name}`,
      ),
    });
  }
  return { app, environment };
};
