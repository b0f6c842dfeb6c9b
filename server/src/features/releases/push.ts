import { Buffer } from "node:buffer";
import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Tx } from "../../database/schema.ts";
import type { ChartFacts } from "../../ports/charts.ts";
import type { CloudIdentity } from "../../ports/cloud-identity.ts";
import { isAllowed, type Actor } from "../actor.ts";
import { unwrapCredentials } from "../connection-credentials.ts";
import { identityOf } from "../connection-identity.ts";
import type { Host } from "../host.ts";
import { operation } from "../operation.ts";
import { releaseRow, releaseView } from "./queries.ts";

const most = 10 * 1024 * 1024;

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** Keeps a chart in the database. The same bytes twice are the same release. */
export const pushRelease = operation(routes["releases.push"], {
  begin: async ({ tx, host, actor, input, begin }) => {
    if ("installed" in input) return await begin(null, await clusterOf(tx, actor, input.installed.connection));
    const connection = "reference" in input ? input.reference.connection : undefined;
    return await begin(null, connection === undefined ? null : await signInWith(tx, host, actor, connection));
  },
  effect: async ({ host, input }, signIn): Promise<{ bytes: Uint8Array; facts: ChartFacts; digest: string }> => {
    const made =
      "files" in input
        ? await host.charts.package(new Map(input.files.map((file) => [file.path, bytesOf(file.content)])))
        : "archive" in input
          ? await inspected(host.charts, bytesOf(input.archive))
          : "installed" in input
            ? await host.charts.package(await filesOf(host, signIn?.id ?? "", input.installed))
            : await inspected(
                host.charts,
                await host.charts.pull({ ...input.reference, identity: signIn?.identity ?? null }),
              );
    if (made.bytes.byteLength > most) {
      throw new KeyrollError(
        "limit_exceeded",
        `The packaged chart has ${made.bytes.byteLength} bytes; ${most} are allowed.`,
        {
          limit: most,
          actual: made.bytes.byteLength,
          next: "Name files that do not belong to the chart in .helmignore.",
          changed: false,
        },
      );
    }
    return { ...made, digest: host.passwords.digestBytes(made.bytes) };
  },
  settle: async ({ tx, host, app, actor, now, commit }, signIn, { bytes, facts, digest }) => {
    const known = await tx
      .selectFrom("releases")
      .select("id")
      .where("app_id", "=", app.id)
      .where("digest", "=", digest)
      .executeTakeFirst();
    const by = signIn === null ? {} : { connection: signIn.connection };
    const details = { chart: facts.name, version: facts.version, digest, ...by };
    if (known !== undefined) {
      // Nothing is new, but somebody's identity was used.
      const entry = signIn === null ? null : { action: "releases.push", details: { ...details, known: true } };
      return await commit(entry, { release: releaseView(await releaseRow(tx, app.id, known.id)), created: false });
    }
    const id = host.random.id();
    await tx
      .insertInto("release_files")
      .values({ digest, content: bytes })
      .onConflict((conflict) => conflict.column("digest").doNothing())
      .execute();
    await tx
      .insertInto("releases")
      .values({
        id,
        app_id: app.id,
        chart: facts.name,
        version: facts.version,
        app_version: facts.appVersion,
        digest,
        bytes: bytes.byteLength,
        requires: JSON.stringify(facts.requires),
        pushed_at: now,
        pushed_by: actor.name,
      })
      .execute();
    const release = releaseView(await releaseRow(tx, app.id, id));
    return await commit({ action: "releases.push", details }, { release, created: true });
  },
  recover: "nothing-to-recover",
});

const inspected = async (
  charts: { inspect(tgz: Uint8Array): Promise<ChartFacts> },
  bytes: Uint8Array,
): Promise<{ bytes: Uint8Array; facts: ChartFacts }> => ({ bytes, facts: await charts.inspect(bytes) });

interface SignIn {
  readonly id: string;
  readonly connection: string;
  readonly identity: CloudIdentity | null;
}

/** @throws {KeyrollError} `not_allowed`, `not_found`. */
const clusterOf = async (tx: Tx, actor: Actor, nameOrId: string): Promise<SignIn> => {
  // Whoever may make environments could look at what is deployed there anyway.
  if (!isAllowed(actor, "environment:write"))
    throw new KeyrollError(
      "not_allowed",
      "To take a running release's chart needs the permission environment:write too.",
    );
  const { id, name } = await connectionNamed(tx, nameOrId, "installed.connection");
  return { id, connection: name, identity: null };
};

/** The chart of a release that runs. @throws {KeyrollError} `invalid` when Helm does not keep all of it. */
const filesOf = async (
  host: Host,
  connectionId: string,
  { namespace, release }: { readonly namespace: string; readonly release: string },
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const credentials = await unwrapCredentials(host, connectionId);
  if (credentials === null)
    throw new KeyrollError("invalid", "This connection has no cluster.", { field: "installed.connection" });
  const { files, dependencies, chart, version } = await host.clusters.installed(credentials, namespace, release);
  if (dependencies.length > 0)
    throw new KeyrollError(
      "invalid",
      `${chart} ${version} depends on other charts (${dependencies.join(", ")}), which Helm does not keep with a release.`,
      { field: "installed.release", next: "Push the chart itself: its folder, .tgz or address.", changed: false },
    );
  return files;
};

const connectionNamed = async (tx: Tx, nameOrId: string, field: string) => {
  const row = await tx
    .selectFrom("connections")
    .select(["id", "name", "cluster", "store_kind", "store_settings"])
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row === undefined) throw new KeyrollError("not_found", `There is no connection \`${nameOrId}\`.`, { field });
  return row;
};

/**
 * The role of a connection, for one pull: whoever may push can read with it what it may read of registries.
 * @throws {KeyrollError} `not_allowed`, `not_found`, `invalid`.
 */
const signInWith = async (tx: Tx, host: Host, actor: Actor, nameOrId: string): Promise<SignIn> => {
  if (!isAllowed(actor, "connection:read"))
    throw new KeyrollError("not_allowed", "To pull by a connection needs the permission connection:read too.");
  const field = "reference.connection";
  const row = await connectionNamed(tx, nameOrId, field);
  const identity = identityOf(host, {
    cluster: JSON.parse(row.cluster),
    storeKind: row.store_kind,
    storeSettings: JSON.parse(row.store_settings),
  });
  if (identity !== null) return { id: row.id, connection: row.name, identity };
  throw new KeyrollError(
    "invalid",
    `The connection \`${row.name}\` is not in AWS: neither its store nor its cluster has an identity there.`,
    {
      field,
      next: "Name one whose store is in AWS or whose cluster is EKS, or none, to sign in as the server itself.",
      changed: false,
    },
  );
};
