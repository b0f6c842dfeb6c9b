import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Entry, Manifest, SecretStore } from "../ports/secret-store.ts";

const numbersType = z.object({
  /** What the store's own number of a revision lacks to the number that people know. */
  offset: z.number().int(),
  /** The store's own number of the oldest revision that was moved there. */
  first: z.number().int(),
  /** [key, revision]: since when the values of that oldest revision are what they are. */
  written: z.array(z.tuple([z.string(), z.number().int()])),
});

/** How revisions are numbered in a store that an environment has moved to. */
export type StoreNumbers = z.output<typeof numbersType>;

export const readNumbers = (text: string | null): StoreNumbers | null =>
  text === null ? null : numbersType.parse(JSON.parse(text));

const gone = (at: number, cause?: unknown): KeyrollError =>
  new KeyrollError(
    "revision_gone",
    `Revision ${at} cannot be read any more.`,
    { actual: at },
    cause === undefined ? {} : { cause },
  );

/**
 * The store with the numbers that people know: stores number from 1, or as the provider does, and a revision keeps its
 * number when it moves.
 */
export const numbered = (store: SecretStore, numbers: StoreNumbers | null): SecretStore => {
  if (numbers === null) return store;
  const { offset, first } = numbers;
  const written = new Map(numbers.written);
  const entryOf = (entry: Entry): Entry => ({
    ...entry,
    revision: (entry.revision === first ? written.get(entry.key) : undefined) ?? entry.revision + offset,
  });
  const manifestOf = (manifest: Manifest | null): Manifest | null =>
    manifest === null || manifest.revision < first ? null : known(manifest);
  const known = (manifest: Manifest): Manifest => ({
    ...manifest,
    revision: manifest.revision + offset,
    entries: new Map([...manifest.entries].map(([key, entry]) => [key, entryOf(entry)])),
  });
  const inStore = (revision: number): number => (revision === 0 ? 0 : revision - offset);
  return {
    manifest: async ({ at, atLeast, toSave } = {}) => {
      if (at !== undefined) return inStore(at) < first ? null : manifestOf(await store.manifest({ at: inStore(at) }));
      return manifestOf(
        await store.manifest({
          ...(atLeast === undefined ? {} : { atLeast: Math.max(0, inStore(atLeast)) }),
          ...(toSave === undefined ? {} : { toSave }),
        }),
      );
    },
    read: async (at, keys) => {
      if (inStore(at) < first) throw gone(at);
      try {
        return await store.read(inStore(at), keys);
      } catch (error) {
        throw error instanceof KeyrollError && error.code === "revision_gone" ? gone(at, error) : error;
      }
    },
    commit: async (commit, options) => {
      const made = await store.commit({ ...commit, expect: inStore(commit.expect) }, options);
      return "done" in made ? { done: known(made.done) } : { conflict: manifestOf(made.conflict) };
    },
    revisions: async ({ before, limit }) => {
      const found = await store.revisions({ limit, ...(before === undefined ? {} : { before: inStore(before) }) });
      return found
        .filter(({ revision }) => revision >= first)
        .map((info) => ({ ...info, revision: info.revision + offset }));
    },
    upkeep: {
      ...store.upkeep,
      inspect: async (ask) =>
        (await store.upkeep.inspect(ask)).map((drift) => ({
          ...drift,
          savedIn: drift.savedIn === null ? null : drift.savedIn + offset,
        })),
      prune: async (keep, fence) => await store.upkeep.prune(new Set([...keep].map(inStore)), fence),
      purge: async (keys, revisions) => await store.upkeep.purge(keys, new Set([...revisions].map(inStore))),
    },
  };
};
