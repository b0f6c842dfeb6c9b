import { KeyrollError } from "@keyroll/contract/errors";
import type { Client } from "../client.ts";
import type { Place, Plan, Wanted } from "./plan.ts";

/** A path of AWS Parameter Store that is taken over beside what runs. */
export interface WantedPath {
  readonly ssmPath: string;
  /** The store's own when absent. */
  readonly region?: string;
  readonly shellNames: boolean;
}

/** What the path has otherwise than what runs, by key. No values. */
export interface PathDifference {
  readonly path: string;
  readonly keys: number;
  readonly differing: readonly { readonly key: string; readonly status: "different" | "only-path" }[];
  /** Keys that run and that the path does not have. */
  readonly lacking: readonly string[];
  readonly notices: readonly string[];
}

type Compared = Pick<PathDifference, "path" | "notices"> & {
  readonly keys: readonly {
    readonly key: string;
    readonly status: "same" | "different" | "only-secret" | "only-path";
  }[];
  readonly errors: readonly { readonly id: string; readonly message: string }[];
};

const statuses = { same: "same", changed: "different", set: "different", new: "only-path" } as const;

/** Of an environment that has the Secret already: with what is saved there. */
const withSaved = async (client: Client, place: Place, from: WantedPath): Promise<Compared> => {
  const params = { app: place.app, env: place.env };
  const { secrets } = await client.call("secrets.list", { params });
  const { entries, errors, notices } = await client.call("secrets.import", { params, body: { from } });
  const there = new Set(entries.map(({ key }) => key));
  const lacking = secrets.filter(({ key, state }) => state !== "removed" && !there.has(key));
  return {
    path: from.ssmPath,
    errors,
    notices: notices.map(({ message }) => message),
    keys: [
      ...entries.map(({ key, status }) => ({ key, status: statuses[status] })),
      ...lacking.map(({ key }) => ({ key, status: "only-secret" as const })),
    ],
  };
};

const withSecret = async (client: Client, plan: Plan, wanted: Wanted, from: WantedPath): Promise<Compared> => {
  const { connection, namespace } = wanted;
  const compared = await client.call("connections.comparePath", {
    params: { connection, namespace },
    body: { secret: plan.secretName, from },
  });
  return { ...compared, notices: compared.notices.map(({ message }) => message) };
};

/**
 * Compares the path with what runs. The server reads both; it tells which keys differ, and keeps that in its audit.
 *
 * @throws {KeyrollError} `invalid` with every parameter that cannot become a key; ApiError of the server
 */
export const comparePath = async (
  client: Client,
  place: Place,
  plan: Plan,
  wanted: Wanted,
  from: WantedPath,
): Promise<PathDifference> => {
  const { path, keys, errors, notices } = plan.isOurs
    ? await withSaved(client, place, from)
    : await withSecret(client, plan, wanted, from);
  const [first] = errors;
  if (first !== undefined) {
    const isName = first.id.startsWith("key-") || first.id === "duplicate";
    throw new KeyrollError("invalid", `${path} cannot be taken over: ${first.message}`, {
      field: from.shellNames || !isName ? "ssmPath" : "shellNames",
      problems: errors.map(({ id, message }) => ({ rule: id, message })),
      next: !isName
        ? "Leave the path out, and import it afterwards: `keyroll import --ssm-path`."
        : from.shellNames
          ? "Rename the parameter, or leave the path out."
          : "Take names under shell names, or leave the path out.",
      changed: false,
    });
  }
  const taken = keys.filter(({ status }) => status !== "only-secret");
  return {
    path,
    notices,
    keys: taken.length,
    differing: taken.flatMap(({ key, status }) =>
      status === "different" || status === "only-path" ? [{ key, status }] : [],
    ),
    lacking: keys.filter(({ status }) => status === "only-secret").map(({ key }) => key),
  };
};
