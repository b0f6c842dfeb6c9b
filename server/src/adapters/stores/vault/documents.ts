import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost, StoreScope } from "../../../ports/secret-store.ts";
import type { DocumentDriver } from "../document-store.ts";
import { errorsOf } from "./errors.ts";
import type { Answer, VaultClient } from "./client.ts";
import type { VaultSettings } from "./settings.ts";

/** Versions that are kept of each document. */
export const versionsKept = 100;
/**
 * Bytes of one document. One entry of the raft storage is 1,048,576 bytes at most, and the engine adds times and its
 * own encryption: https://developer.hashicorp.com/vault/docs/internals/limits
 */
export const documentBytes = 1_000_000;

const dataOf = (body: unknown): Readonly<Record<string, unknown>> =>
  ((body as { data?: unknown } | null)?.data ?? {}) as Record<string, unknown>;

/** The text that a lost compare-and-swap gives; its status, 400, has many other meanings. */
export const isSwapLost = ({ status, body }: Answer): boolean =>
  status === 400 && errorsOf(body).some((text) => text.includes("check-and-set parameter did not match"));

const refuse = (what: string, { status }: Answer): KeyrollError =>
  new KeyrollError("provider_denied", `Vault refuses ${what} (${status}).`, { changed: false });

/** Whether a mount is KV version 2. @throws {KeyrollError} `invalid` when it is something else. */
export const requireVersion2 = async (client: VaultClient, { mount }: VaultSettings): Promise<void> => {
  const { status, body } = await client.ask("GET", `sys/internal/ui/mounts/${mount}`);
  const { type, options } = dataOf(body);
  if (status < 300 && type === "kv" && (options as { version?: unknown } | null)?.version === "2") return;
  throw new KeyrollError("invalid", `\`${mount}\` is not a KV engine of version 2.`, {
    field: "store.settings.mount",
    next: "Name another mount, or enable one: vault secrets enable -path=NAME -version=2 kv",
    changed: false,
  });
};

/** Where a document is; each part is a path segment of its own. */
export const pathOf = ({ prefix }: VaultSettings, ...parts: readonly string[]): string =>
  [...prefix.split("/"), ...parts].map(encodeURIComponent).join("/");

/** When a version was deleted or will be; null: never. */
export const endOf = (version: Readonly<Record<string, unknown>>): string | null => {
  const { deletion_time: end } = version;
  return typeof end === "string" && end !== "" ? end : null;
};

/** @param end of the version that it was seen at */
export const ageing = (mount: string, end: string): KeyrollError =>
  new KeyrollError(
    "invalid",
    `\`${mount}\` deletes every version by its age, also one that is in use: this one would go at ${end}.`,
    {
      field: "store.settings.mount",
      next: `End that (vault write ${mount}/config delete_version_after=0s), or name another mount.`,
      changed: false,
    },
  );

/** One document of a KV version 2 engine, guarded by its check-and-set: `cas` is the version that must be the newest. */
export const vaultDocument = (
  client: () => VaultClient,
  settings: VaultSettings,
  scope: Pick<StoreScope, "app" | "environment">,
  { clock }: Pick<StoreHost, "clock">,
): DocumentDriver => {
  const path = pathOf(settings, scope.app, scope.environment);
  const { mount } = settings;
  const [data, metadata] = [`${mount}/data/${path}`, `${mount}/metadata/${path}`];

  /** Before the first version: the engine is the right one, and nobody overwrites without naming a version. */
  const prepare = async (): Promise<void> => {
    await requireVersion2(client(), settings);
    const answer = await client().ask("POST", metadata, { max_versions: versionsKept, cas_required: true });
    if (answer.status >= 300) throw refuse(`the settings of \`${metadata}\``, answer);
  };

  /**
   * An engine with delete_version_after deletes each version by its age, also one that is in use, and no write can
   * prevent it: the first version goes again. Where values are already they are saved all the same, and `check` tells.
   * @throws {KeyrollError} `invalid`.
   */
  const refuseAgeing = async (written: unknown): Promise<void> => {
    const end = endOf(dataOf(written));
    if (end === null) return;
    const answer = await client().ask("DELETE", metadata);
    if (answer.status >= 300) throw refuse(`to remove \`${metadata}\``, answer);
    throw ageing(mount, end);
  };

  return {
    place: `Vault \`${mount}/${path}\``,
    documentBytes,
    repair: `Undelete it, write an older version back (vault kv rollback -mount=${mount} -version=N ${path}), or remove all of it (vault kv metadata delete -mount=${mount} ${path}).`,
    load: async (at) => {
      const { status, body } = await client().ask("GET", at === null ? data : `${data}?version=${at}`);
      const { data: document, metadata: version } = dataOf(body);
      const number = (version as { version?: unknown } | undefined)?.version;
      if (typeof number !== "number") {
        if (status === 404) return null;
        throw refuse(`to read \`${data}\``, { status, body });
      }
      // A version that is deleted or destroyed answers 404 as well, with its number.
      if (document === null || document === undefined) return at === null ? { revision: number, document: null } : null;
      return { revision: number, document };
    },
    store: async (document, expect) => {
      if (expect === 0) await prepare();
      const answer = await client().ask("POST", data, { data: document, options: { cas: expect } });
      if (answer.status < 300) {
        if (expect === 0) await refuseAgeing(answer.body);
        return true;
      }
      if (isSwapLost(answer)) return false;
      throw refuse(`to write \`${data}\``, answer);
    },
    list: async () => {
      const answer = await client().ask("GET", metadata);
      if (answer.status >= 300 && answer.status !== 404) throw refuse(`to list the versions of \`${path}\``, answer);
      const { versions } = dataOf(answer.body);
      return Object.entries((versions ?? {}) as Record<string, Record<string, unknown>>)
        .map(([number, version]) => {
          const isGone = version["destroyed"] === true;
          // One that is to be deleted by its age is there until then.
          const end = endOf(version);
          const isThere = end === null || Date.parse(end) > clock.now();
          const at = Date.parse(String(version["created_time"]));
          return { revision: Number(number), at, readable: !isGone && isThere, isGone };
        })
        .toSorted((a, b) => b.revision - a.revision);
    },
    drop: async (which, how) => {
      if (which.length === 0) return;
      const versions = `${mount}/${how === "soft" ? "delete" : "destroy"}/${path}`;
      const answer = await (which === "everything"
        ? client().ask("DELETE", metadata)
        : client().ask("POST", versions, { versions: which }));
      if (answer.status >= 300) throw refuse(`to remove versions of \`${path}\``, answer);
    },
  };
};
