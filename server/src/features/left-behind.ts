import { z } from "zod";
import type { Reader } from "../database/schema.ts";
import type { StorePlace } from "./host.ts";
import { readNumbers, type StoreNumbers } from "./store-numbers.ts";
import type { EnvironmentRow } from "./subject.ts";

const facts = z.object({
  numbers: z.string().nullable(),
  revision: z.number().int(),
  /** Somebody has begun to destroy it: from then on it may not be whole. */
  dropping: z.boolean().default(false),
});

const factsOf = (text: string): z.output<typeof facts> => facts.parse(JSON.parse(text));

/** What is kept of a copy that was left behind: how its revisions are numbered, and at which one it was left. */
export const printFacts = (numbers: StoreNumbers | null, revision: number): string =>
  JSON.stringify({ numbers: numbers === null ? null : JSON.stringify(numbers), revision });

/** The same facts of a copy that is no way back any more. */
export const printDropping = (text: string): string => JSON.stringify({ ...factsOf(text), dropping: true });

export const isDropping = ({ movedFacts }: EnvironmentRow): boolean =>
  movedFacts !== null && factsOf(movedFacts).dropping;

export const revisionOfCopy = (environment: EnvironmentRow): number =>
  environment.movedFacts === null ? 0 : factsOf(environment.movedFacts).revision;

/** Where the copy lies that the last move left behind; null: there is none. */
export const oldPlace = async (db: Reader, environment: EnvironmentRow): Promise<StorePlace | null> => {
  if (environment.movedFrom === null || environment.movedFacts === null) return null;
  const connection = await db
    .selectFrom("connections")
    .select(["store_kind", "store_settings"])
    .where("id", "=", environment.movedFrom)
    .executeTakeFirstOrThrow();
  return {
    storeKind: connection.store_kind,
    storeSettings: connection.store_settings,
    storeNumbers: readNumbers(factsOf(environment.movedFacts).numbers),
  };
};
