import { Buffer } from "node:buffer";
import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { ChartFacts } from "../../ports/charts.ts";
import { operation } from "../operation.ts";
import { releaseRow, releaseView } from "./queries.ts";

const most = 10 * 1024 * 1024;

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** Keeps a chart in the database. The same bytes twice are the same release. */
export const pushRelease = operation(routes["releases.push"], {
  begin: async ({ begin }) => await begin(null, null),
  effect: async ({ host, input }): Promise<{ bytes: Uint8Array; facts: ChartFacts; digest: string }> => {
    const made =
      "files" in input
        ? await host.charts.package(new Map(input.files.map((file) => [file.path, bytesOf(file.content)])))
        : "archive" in input
          ? await inspected(host.charts, bytesOf(input.archive))
          : await inspected(host.charts, await host.charts.pull(input.reference));
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
  settle: async ({ tx, host, app, actor, now, commit }, _, { bytes, facts, digest }) => {
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
    return await commit(
      { action: "releases.push", details: { chart: facts.name, version: facts.version, digest } },
      { release: releaseView(await releaseRow(tx, app.id, id)), created: true },
    );
  },
  recover: "nothing-to-recover",
});

const inspected = async (
  charts: { inspect(tgz: Uint8Array): Promise<ChartFacts> },
  bytes: Uint8Array,
): Promise<{ bytes: Uint8Array; facts: ChartFacts }> => ({ bytes, facts: await charts.inspect(bytes) });
