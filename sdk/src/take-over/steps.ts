import type { BodyOf, Routes } from "@keyroll/contract";
import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { count, isRiskyKey } from "@keyroll/pairs";
import type { Client, Progress } from "../client.ts";
import type { WantedPath } from "./path.ts";
import type { Place, Plan, Wanted } from "./plan.ts";

interface Follow {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What taking over needs beside the plan. */
export interface Taking {
  readonly client: Client;
  readonly place: Place;
  readonly plan: Plan;
  readonly wanted: Wanted & { readonly kind: "sandbox" | "production" };
  /** The chart itself, when `wanted.chart` says that one is given. */
  readonly chart: () => Promise<BodyOf<Routes["releases.push"]> | null>;
  /** Told of each thing that is made, in a sentence. */
  readonly say: (line: string) => void;
  /** Runs a request that may last; shows how far it is. */
  readonly lasting: <T>(run: (follow: Follow) => Promise<T>) => Promise<T>;
}

/** The answer of a call, or null when it is refused with this code. */
export const unless = async <T>(code: ErrorCode, make: () => Promise<T>): Promise<T | null> => {
  try {
    return await make();
  } catch (error) {
    if (error instanceof KeyrollError && error.code === code) return null;
    throw error;
  }
};

/** @throws `already_exists` when an environment of that name is about something else */
const makeEnvironment = async ({ client, place, plan, wanted, say }: Taking): Promise<void> => {
  const { connection, namespace, kind, release } = wanted;
  const params = { app: place.app, env: place.env };
  const known = await unless("not_found", async () => (await client.call("environments.get", { params })).environment);
  if (known === null) {
    const { type, secretName } = plan;
    const body = { name: place.env, connection, kind, type, namespace, secretName };
    await client.call("environments.create", {
      params: { app: place.app },
      body: release === undefined ? body : { ...body, releaseName: release },
    });
    say(`Environment ${place.app} / ${place.env} is made.`);
    return;
  }
  const same =
    known.connection === connection &&
    known.type === plan.type &&
    known.namespace === namespace &&
    known.secretName === plan.secretName &&
    (plan.type === "restart" || known.releaseName === release);
  if (same) return;
  throw new KeyrollError(
    "already_exists",
    `${place.app} has an environment \`${place.env}\` already, and it is about something else.`,
    { field: "name", next: "Choose another name.", changed: false },
  );
};

/** Chart and values as they run. */
const takeRelease = async ({ client, place, plan, wanted, chart, say }: Taking): Promise<void> => {
  const { connection, namespace, release } = wanted;
  if (plan.release === null || release === undefined) return;
  const params = { app: place.app, env: place.env };
  const body = (await chart()) ?? { installed: { connection, namespace, release } };
  const pushed = await client.call("releases.push", { params: { app: place.app }, body });
  say(`Release ${pushed.release.chart} ${pushed.release.version} is kept.`);
  const { version } = await client.call("values.get", { params });
  if (version > 0 || plan.release.values === "") return;
  const text = plan.release.values;
  const saved = await client.call("values.put", { params, ifMatch: 0, body: { text } });
  for (const { line, message } of saved.warnings) say(`warning, Helm values line ${line}: ${message}`);
  say(`Helm values are saved as version ${saved.version}.`);
};

/**
 * What the Secret holds becomes the newest revision, which it answers. What an earlier request saved is saved anew
 * when the Secret has changed meanwhile: what runs is what is written back to it.
 */
const takeKeys = async ({ client, place, plan, lasting, say }: Taking): Promise<number> => {
  const params = { app: place.app, env: place.env };
  const { revision } = await client.call("secrets.list", { params });
  const from = { secret: plan.secretName };
  // These names run already: they are meant.
  const confirmRisky = plan.keys.filter((key) => isRiskyKey(key));
  const body = { from, replace: true, confirmRisky, message: `Taken over from the Secret ${plan.secretName}` };
  if (revision > 0) {
    const { entries, removed } = await client.call("secrets.import", { params, body });
    if (removed.length === 0 && entries.every(({ status }) => status === "same")) return revision;
  }
  const { saved } = await lasting(
    async (follow) =>
      await client.call("secrets.import", { params, ifMatch: revision, body: { ...body, apply: true }, ...follow }),
  );
  if (saved === null || !saved.changed) return revision;
  say(`${count(plan.keys.length, "key")} saved as revision ${saved.revision}.`);
  return saved.revision;
};

/**
 * Makes everything that the plan says, up to the deployment that marks the Secret as ours with the same values in it;
 * it restarts nothing. The same again goes on where an earlier request stopped.
 *
 * @returns the number of that deployment, which has only been requested; null: it ran already
 * @throws {KeyrollError} `already_exists` when an environment of that name is about something else; ApiError
 */
export const takeOver = async (taking: Taking): Promise<number | null> => {
  const { client, place } = taking;
  const params = { app: place.app, env: place.env };
  await makeEnvironment(taking);
  await takeRelease(taking);
  const { items } = await client.call("deployments.list", { params });
  if (items.some(({ state }) => state === "running")) return null;
  const begun = items.find(({ state }) => state === "queued" || state === "active");
  if (begun !== undefined) return begun.number;
  const revision = await takeKeys(taking);
  const { deployment } = await client.call("deployments.request", {
    params,
    body: { adopt: true, restart: "none", ...(revision === 0 ? {} : { revision }) },
  });
  return deployment.number;
};

/**
 * What the path has otherwise than what runs becomes a revision that is not deployed.
 *
 * @returns its number; null: nothing differs any more
 */
export const takePath = async (
  { client, place, lasting }: Pick<Taking, "client" | "place" | "lasting">,
  from: WantedPath,
): Promise<number | null> => {
  const params = { app: place.app, env: place.env };
  const { revision } = await client.call("secrets.list", { params });
  const { saved } = await lasting(
    async (follow) =>
      await client.call("secrets.import", { params, ifMatch: revision, body: { from, apply: true }, ...follow }),
  );
  return saved?.changed === true ? saved.revision : null;
};
