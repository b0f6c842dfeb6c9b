import type { InputOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../../database/schema.ts";
import type { ForeignPlace, ForeignValue } from "../../ports/secret-store.ts";
import { pathOf, readPath, toPairs, type AskingStore, type ForeignPairs } from "../foreign-path.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../open-target.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";

type From = NonNullable<InputOf<Routes["secrets.import"]>["from"]>;

/** Where pairs are read that nobody gives: a path in the store's cloud, or a Secret of the environment's namespace. */
export type Source = ForeignPlace | { readonly secret: string };

const storeOf = ({ id, name, storeKind, storeSettings }: EnvironmentRow): AskingStore => ({
  name,
  kind: storeKind,
  settings: JSON.parse(storeSettings),
  environmentId: id,
});

/**
 * What may be read, with the credentials of this environment.
 * @throws {KeyrollError} as `pathOf`; `invalid`: there is no cluster.
 */
export const sourceOf = async (host: Host, db: Reader, environment: EnvironmentRow, from: From): Promise<Source> => {
  if ("ssmPath" in from) return await pathOf(host, db, storeOf(environment), from);
  if (environment.type === "process")
    throw new KeyrollError("invalid", `\`${environment.name}\` has no cluster, so no Secret.`, {
      field: "from.secret",
      next: "Import a file instead.",
      changed: false,
    });
  return { secret: from.secret };
};

const readSecret = async (host: Host, app: AppRow, environment: EnvironmentRow, name: string) => {
  const held = await (await openTarget(host, app, environment)).secretNamed(name);
  const values: ForeignValue[] = [...(held ?? [])].map(([key, value]) => ({ name: key, value, list: false }));
  return { values, notices: [] };
};

/** Reads the pairs of a source. */
export const readForeign = async (
  { host, app, environment }: { readonly host: Host; readonly app: AppRow; readonly environment: EnvironmentRow },
  source: Source,
  { shellNames }: { readonly shellNames: boolean },
): Promise<ForeignPairs> => {
  const { values, notices } =
    "secret" in source
      ? await readSecret(host, app, environment, source.secret)
      : await readPath(host, storeOf(environment), source);
  return toPairs(values, { shellNames, notices });
};
