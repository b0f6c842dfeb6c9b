import { Buffer } from "node:buffer";
import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Tx } from "../../database/schema.ts";
import type { ChartFacts } from "../../ports/charts.ts";
import type { CloudIdentity } from "../../ports/cloud-identity.ts";
import { isAllowed, type Actor } from "../actor.ts";
import { identityOf } from "../connection-identity.ts";
import type { Host } from "../host.ts";
import { operation } from "../operation.ts";
import { releaseRow, releaseView } from "./queries.ts";

const most = 10 * 1024 * 1024;

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** Keeps a chart in the database. The same bytes twice are the same release. */
export const pushRelease = operation(routes["releases.push"], {
  begin: async ({ tx, host, actor, input, begin }) => {
    const connection = "reference" in input ? input.reference.connection : undefined;
    return await begin(null, connection === undefined ? null : await signInWith(tx, host, actor, connection));
  },
  effect: async ({ host, input }, signIn): Promise<{ bytes: Uint8Array; facts: ChartFacts; digest: string }> => {
    const made =
      "files" in input
        ? await host.charts.package(new Map(input.files.map((file) => [file.path, bytesOf(file.content)])))
        : "archive" in input
          ? await inspected(host.charts, bytesOf(input.archive))
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
    if (known !== undefined)
      return await commit(null, { release: releaseView(await releaseRow(tx, app.id, known.id)), created: false });
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
    const by = signIn === null ? {} : { connection: signIn.connection };
    return await commit(
      { action: "releases.push", details: { chart: facts.name, version: facts.version, digest, ...by } },
      { release: releaseView(await releaseRow(tx, app.id, id)), created: true },
    );
  },
  recover: "nothing-to-recover",
});

const inspected = async (
  charts: { inspect(tgz: Uint8Array): Promise<ChartFacts> },
  bytes: Uint8Array,
): Promise<{ bytes: Uint8Array; facts: ChartFacts }> => ({ bytes, facts: await charts.inspect(bytes) });

interface SignIn {
  readonly connection: string;
  readonly identity: CloudIdentity;
}

/**
 * The role of a connection, for one pull: whoever may push can read with it what it may read of registries.
 * @throws {KeyrollError} `not_allowed`, `not_found`, `invalid`.
 */
const signInWith = async (tx: Tx, host: Host, actor: Actor, nameOrId: string): Promise<SignIn> => {
  if (!isAllowed(actor, "connection:read"))
    throw new KeyrollError("not_allowed", "To pull by a connection needs the permission connection:read too.");
  const field = "reference.connection";
  const row = await tx
    .selectFrom("connections")
    .select(["name", "cluster", "store_kind", "store_settings"])
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row === undefined) throw new KeyrollError("not_found", `There is no connection \`${nameOrId}\`.`, { field });
  const identity = identityOf(host, {
    cluster: JSON.parse(row.cluster),
    storeKind: row.store_kind,
    storeSettings: JSON.parse(row.store_settings),
  });
  if (identity !== null) return { connection: row.name, identity };
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
