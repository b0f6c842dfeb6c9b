import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../../ports/clock.ts";
import type { Rest } from "../rest.ts";
import { call } from "./client.ts";
import { factsOf, type Version, type VersionFacts } from "./versions.ts";

/** Deleting, recovering and purging are done by the service some seconds after it said yes. */
const patience = { tries: 60, milliseconds: 500 };

/** Secrets of a vault, by name: one method is one wish, whatever state the name is in. */
export interface Secrets {
  /** A new version; its id. A name that was deleted softly is recovered for it, unless it is being purged. */
  set(
    name: string,
    value: string,
    tags: Readonly<Record<string, string>>,
    repeats: boolean,
  ): Promise<{ readonly id: string; readonly at: number }>;
  /** The value of a version; null: not there any more. */
  get(name: string, id: string): Promise<string | null>;
  /** Every version, in no order, and the service's time before it looked; empty: there is no such secret. */
  versions(name: string): Promise<{ readonly versions: readonly Version[]; readonly date: number }>;
  disable(name: string, id: string): Promise<void>;
  /** What a softly deleted secret says of its newest version: `facts` null when it is not Keyroll's. */
  deleted(name: string): Promise<{ readonly facts: VersionFacts | null; readonly ends: string | null } | null>;
  recover(name: string): Promise<void>;
  /** Deletes softly. `mark`: the newest version says first that it was Keyroll, since only that one is shown afterwards. */
  remove(name: string, mark: boolean): Promise<void>;
  /** For good. @throws {KeyrollError} `provider_denied` when the vault protects against that. */
  purge(name: string): Promise<void>;
  /** Names in the vault that begin so; looks through all of it. */
  names(area: "secrets" | "deletedsecrets", beginning: string): Promise<readonly string[]>;
}

const lastOf = (url: unknown): string => String(url).split("/").at(-1) ?? "";
/** The name in `https://…/secrets/NAME` or `https://…/deletedsecrets/NAME`, with or without a version behind it. */
const nameIn = (url: unknown): string => /\/(?:deleted)?secrets\/([^/]+)/u.exec(String(url))?.[1] ?? "";
/** The service tells whole seconds. */
const time = (seconds: unknown): number => Number(seconds) * 1000;

/** The next page, on the same host whatever the link says. */
const nextOf = (body: Readonly<Record<string, unknown>>): string | null => {
  const { nextLink } = body;
  if (typeof nextLink !== "string" || !URL.canParse(nextLink)) return null;
  const { pathname, search } = new URL(nextLink);
  return `${pathname}${search}`;
};

export const createSecrets = (rest: Rest, clock: Clock): Secrets => {
  const until = async (what: string, isDone: () => Promise<boolean>): Promise<void> => {
    for (let tries = 1; !(await isDone()); tries++) {
      if (tries >= patience.tries)
        throw new KeyrollError("provider_unreachable", `Key Vault has not finished to ${what}.`, {
          next: "Try again in a minute.",
        });
      await clock.sleep(patience.milliseconds);
    }
  };

  /** Pages of a list, with the service's time of the first. */
  const pages = async (path: string) => {
    const items: Record<string, unknown>[] = [];
    let date: number | null = null;
    for (let next: string | null = `${path}?maxresults=25`; next !== null;) {
      const reply: Awaited<ReturnType<typeof call>> = await call(rest, "list", "GET", next, { expected: [404] });
      date ??= reply.date;
      items.push(...((reply.body["value"] ?? []) as Record<string, unknown>[]));
      next = nextOf(reply.body);
    }
    return { items, date: date ?? 0 };
  };

  const deleted: Secrets["deleted"] = async (name) => {
    const { status, body } = await call(rest, "get", "GET", `/deletedsecrets/${name}`, { expected: [404] });
    if (status === 404) return null;
    const ends = body["scheduledPurgeDate"];
    return { facts: factsOf(body["tags"]), ends: typeof ends === "number" ? new Date(time(ends)).toISOString() : null };
  };

  const recover: Secrets["recover"] = async (name) => {
    await call(rest, "recover", "POST", `/deletedsecrets/${name}/recover`, { expected: [404, 409] });
    await until(
      `recover \`${name}\``,
      async () => (await call(rest, "get", "GET", `/secrets/${name}`, { expected: [404, 403] })).status !== 404,
    );
  };

  return {
    deleted,
    recover,
    set: async (name, value, tags, repeats) => {
      for (let tries = 1; ; tries++) {
        const { status, body } = await call(rest, "set", "PUT", `/secrets/${name}`, {
          body: { value, tags, contentType: "application/json" },
          expected: [409],
          repeats,
        });
        if (status < 300) {
          const { created } = body["attributes"] as { created?: number };
          return { id: lastOf(body["id"]), at: time(created) };
        }
        if (tries >= patience.tries)
          throw new KeyrollError("in_use", `The name \`${name}\` is deleted, and Key Vault does not free it.`, {
            next: `Recover or purge it: az keyvault secret recover --name ${name}, or az keyvault secret purge.`,
            changed: false,
          });
        if ((await deleted(name)) === null) await clock.sleep(patience.milliseconds);
        else await recover(name);
      }
    },
    get: async (name, id) => {
      const { status, body } = await call(rest, "get", "GET", `/secrets/${name}/${id}`, { expected: [404] });
      return status === 404 ? null : String(body["value"]);
    },
    versions: async (name) => {
      const { items, date } = await pages(`/secrets/${name}/versions`);
      const versions = items.map(({ id, attributes, tags }): Version => {
        const { created, enabled } = attributes as { created?: number; enabled?: boolean };
        return { id: lastOf(id), at: time(created), enabled: enabled === true, facts: factsOf(tags) };
      });
      return { versions, date };
    },
    disable: async (name, id) => {
      const body = { attributes: { enabled: false } };
      await call(rest, "set", "PATCH", `/secrets/${name}/${id}`, { body, expected: [404] });
    },
    remove: async (name, mark) => {
      const { items } = mark ? await pages(`/secrets/${name}/versions`) : { items: [] };
      const created = (item: Record<string, unknown>): number =>
        Number((item["attributes"] as { created?: number }).created);
      const newest = Math.max(...items.map(created));
      for (const { id, tags } of items.filter((item) => created(item) === newest))
        await call(rest, "set", "PATCH", `/secrets/${name}/${lastOf(id)}`, {
          body: { tags: { ...(tags as object | undefined), "keyroll-destroyed": "true" } },
        });
      const { status } = await call(rest, "delete", "DELETE", `/secrets/${name}`, { expected: [404] });
      if (status !== 404) await until(`delete \`${name}\``, async () => (await deleted(name)) !== null);
    },
    purge: async (name) => {
      await call(rest, "purge", "DELETE", `/deletedsecrets/${name}`, { expected: [404] });
      await until(`purge \`${name}\``, async () => (await deleted(name)) === null);
    },
    names: async (area, beginning) => {
      const { items } = await pages(`/${area}`);
      const all = items.map(({ id, recoveryId }) => nameIn(recoveryId ?? id));
      return all.filter((name) => name.startsWith(beginning));
    },
  };
};
