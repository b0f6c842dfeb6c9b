import type { Reader } from "../../database/schema.ts";

export interface AppView {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly createdAt: number;
  readonly environments: number;
  readonly releases: number;
}

/** Apps with their counts, newest first. */
export const appViews = (db: Reader) =>
  db
    .selectFrom("apps")
    .select(["id", "name", "title", "created_at as createdAt"])
    .select((e) => [
      e
        .selectFrom("environments")
        .select((c) => c.fn.countAll<number>().as("n"))
        .whereRef("environments.app_id", "=", "apps.id")
        .as("environments"),
      e
        .selectFrom("releases")
        .select((c) => c.fn.countAll<number>().as("n"))
        .whereRef("releases.app_id", "=", "apps.id")
        .as("releases"),
    ]);

export const appView = async (db: Reader, id: string): Promise<AppView> => {
  const row = await appViews(db).where("id", "=", id).executeTakeFirstOrThrow();
  return { ...row, environments: row.environments ?? 0, releases: row.releases ?? 0 };
};
