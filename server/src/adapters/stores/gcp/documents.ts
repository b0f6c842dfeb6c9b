import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreScope } from "../../../ports/secret-store.ts";
import type { DocumentDriver } from "../document-store.ts";
import type { Rest } from "../rest.ts";
import { call } from "./client.ts";
import { crc32c } from "./crc32c.ts";

/** Bytes of one version: https://cloud.google.com/secret-manager/quotas */
export const documentBytes = 65_536;
/** Revisions in the history; versions of older ones are destroyed. */
export const versionsKept = 100;

/** The version that counts, for whoever reads the secret without Keyroll. */
const alias = "live";
const annotation = { environment: "keyroll-environment", txn: "keyroll-transaction", history: "keyroll-history" };
/** A destroyed version is disabled first, and really gone a day later. */
const destroyTtl = "86400s";

export interface GcpSettings {
  readonly project: string;
  readonly prefix: string;
  readonly kmsKeyName?: string | undefined;
}

/** Prefix and names have no underscore, so that no two environments share a secret. */
export const pathOf = ({ project, prefix }: GcpSettings, app: string, environment: string): string =>
  `projects/${project}/secrets/${prefix}_${app}_${environment}`;

/** A new secret, without a version. */
export const newSecret = ({ kmsKeyName }: GcpSettings, environmentId: string): object => ({
  replication: {
    automatic: kmsKeyName === undefined ? {} : { customerManagedEncryption: { kmsKeyName } },
  },
  annotations: { [annotation.environment]: environmentId },
  versionDestroyTtl: destroyTtl,
});

interface Entry {
  readonly revision: number;
  /** The number that Google gave; higher than the revision's where writers lost. */
  readonly version: number;
}

interface Found {
  readonly etag: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly history: readonly Entry[];
}

/**
 * One secret. A save adds a version, and then, on the condition of the etag it read, moves the alias `live` to it and
 * writes the version's number into the history that the secret carries as an annotation. Versions of writers who lost
 * are in no history. Values are read by number, which is never stale.
 */
export const secretDocument = (rest: Rest, settings: GcpSettings, scope: StoreScope): DocumentDriver => {
  const path = pathOf(settings, scope.app, scope.environment);
  const id = path.split("/").at(-1) ?? "";
  const place = `Google Secret Manager \`${path}\``;
  const repair = `Enable the version again, or move the alias \`${alias}\` back to the last version that \`${annotation.history}\` names (gcloud secrets update ${id} --update-version-aliases=${alias}=N), or delete the secret.`;
  /** As it was read last: its etag guards the next write. */
  let known: Found | null = null;

  const find = async (): Promise<Found | null> => {
    known = null;
    const { refused, body } = await call(rest, "secrets.get", path, { expected: ["NOT_FOUND"] });
    if (refused !== null) return null;
    const annotations = (body["annotations"] ?? {}) as Record<string, string>;
    const aliases = (body["versionAliases"] ?? {}) as Record<string, string>;
    const entries = (annotations[annotation.history] ?? "").split(" ").filter(Boolean);
    const history = entries.map((entry) => {
      const [revision = 0, version = 0] = entry.split(":").map(Number);
      return { revision, version };
    });
    const isOurs = annotations[annotation.environment] !== undefined;
    if (!isOurs || (history[0] !== undefined && String(aliases[alias]) !== String(history[0].version)))
      throw new KeyrollError(
        "integrity",
        isOurs ? `${place} had its alias \`${alias}\` moved by hand.` : `${place} is not a secret that Keyroll made.`,
        { next: repair, changed: false },
      );
    known = { etag: String(body["etag"]), annotations, aliases, history };
    return known;
  };

  /** Null: disabled, destroyed, or gone. */
  const access = async ({ version }: Entry): Promise<unknown> => {
    const expected = ["NOT_FOUND", "FAILED_PRECONDITION"];
    const { refused, body } = await call(rest, "versions.access", `${path}/versions/${version}:access`, { expected });
    if (refused !== null) return null;
    const { data = "", dataCrc32c } = (body["payload"] ?? {}) as { data?: string; dataCrc32c?: string | number };
    const bytes = Buffer.from(data, "base64");
    if (String(dataCrc32c) !== crc32c(bytes))
      throw new KeyrollError("provider_unreachable", `Version ${version} of ${place} arrived damaged.`);
    try {
      return JSON.parse(bytes.toString("utf8"));
    } catch {
      return {};
    }
  };

  const create = async (): Promise<Found | null> => {
    const [project = ""] = path.split("/secrets/");
    await call(rest, "secrets.create", `${project}/secrets?secretId=${id}`, {
      body: newSecret(settings, scope.environmentId),
      expected: ["ALREADY_EXISTS"],
    });
    return await find();
  };

  /** All versions and what became of them, by number. */
  const versions = async () => {
    const found = new Map<number, { readonly at: number; readonly state: string; readonly isScheduled: boolean }>();
    for (let token = ""; ;) {
      const page = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
      const { body } = await call(rest, "versions.list", `${path}/versions?pageSize=1000${page}`, {
        expected: ["NOT_FOUND"],
      });
      for (const { name, createTime, state, scheduledDestroyTime } of (body["versions"] ?? []) as Record<
        string,
        string
      >[])
        found.set(Number(name?.split("/").at(-1)), {
          at: Date.parse(createTime ?? ""),
          state: state ?? "",
          // Disabled until then: nothing more can be done.
          isScheduled: scheduledDestroyTime !== undefined,
        });
      token = typeof body["nextPageToken"] === "string" ? body["nextPageToken"] : "";
      if (token === "") return found;
    }
  };

  const change = async (right: "versions.disable" | "versions.destroy", version: number): Promise<void> => {
    const verb = right === "versions.disable" ? "disable" : "destroy";
    const expected = ["NOT_FOUND", "FAILED_PRECONDITION"];
    await call(rest, right, `${path}/versions/${version}:${verb}`, { body: {}, expected });
  };

  return {
    place,
    documentBytes,
    repair,
    load: async (at) => {
      const found = await find();
      const entry = at === null ? found?.history[0] : found?.history.find(({ revision }) => revision === at);
      if (entry === undefined) return null;
      const document = await access(entry);
      if (document === null && at !== null) return null;
      return { revision: entry.revision, document };
    },
    store: async (document, expect) => {
      const found = known ?? (await find()) ?? (expect === 0 ? await create() : null);
      if (found === null || (found.history[0]?.revision ?? 0) !== expect) return false;
      const data = Buffer.from(JSON.stringify(document));
      // A second arrival makes a version that nobody counts.
      const added = await call(rest, "versions.add", `${path}:addVersion`, {
        body: { payload: { data: data.toString("base64"), dataCrc32c: crc32c(data) } },
      });
      const version = Number(String(added.body["name"]).split("/").at(-1));
      const history = [{ revision: expect + 1, version }, ...found.history].slice(0, versionsKept);
      known = null;
      const { refused } = await call(rest, "secrets.update", `${path}?updateMask=annotations,versionAliases`, {
        body: {
          etag: found.etag,
          annotations: {
            ...found.annotations,
            [annotation.environment]: scope.environmentId,
            [annotation.txn]: document["txn"],
            [annotation.history]: history.map((entry) => `${entry.revision}:${entry.version}`).join(" "),
          },
          versionAliases: { ...found.aliases, [alias]: String(version) },
        },
        expected: ["FAILED_PRECONDITION", "ABORTED"],
        repeats: false,
      });
      return refused === null;
    },
    list: async () => {
      const found = await find();
      if (found === null) return [];
      const all = await versions();
      return found.history.map(({ revision, version }) => {
        const one = all.get(version);
        const isGone = one === undefined || one.state === "DESTROYED" || one.isScheduled;
        return { revision, at: one?.at ?? 0, readable: one?.state === "ENABLED", isGone };
      });
    },
    drop: async (which, how) => {
      if (which === "everything") {
        await call(rest, "secrets.delete", path, { expected: ["NOT_FOUND"] });
        return;
      }
      const history = (await find())?.history ?? [];
      const dropped = new Set(which);
      const gone = history.filter(({ revision }) => dropped.has(revision)).map(({ version }) => version);
      for (const version of gone) await change(how === "soft" ? "versions.disable" : "versions.destroy", version);
      if (how === "soft") return;
      // What no history names lost, or was dropped from it: one that is older than the live one can never win.
      const counted = new Set(history.map(({ version }) => version));
      const live = history[0]?.version ?? 0;
      for (const [version, { state, isScheduled }] of await versions())
        if (version < live && !counted.has(version) && state !== "DESTROYED" && !isScheduled)
          await change("versions.destroy", version);
    },
  };
};
