import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../../database/schema.ts";
import { isAllowed, type Actor } from "../actor.ts";
import { loadSubject, type AppRow, type EnvironmentRow } from "../subject.ts";

/** An environment with its app. */
export interface Place {
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/** `shop/production`, as people and the audit log name it. */
export const nameOf = ({ app, environment }: Place): string => `${app.name}/${environment.name}`;

/**
 * A second environment, which the body or the query names.
 * @throws {KeyrollError} `not_found` with the nearest name; `not_allowed` to those who may not list its keys.
 */
export const otherPlace = async (
  db: Reader,
  actor: Actor,
  names: { readonly app: string; readonly env: string },
): Promise<Place> => {
  const { app, environment } = await loadSubject("{app}/{env}", { ...names }, db, () =>
    isAllowed(actor, "secret:list"),
  );
  if (app === undefined || environment === undefined)
    throw new KeyrollError("not_found", `There is no environment \`${names.app}/${names.env}\`.`);
  return { app, environment };
};
