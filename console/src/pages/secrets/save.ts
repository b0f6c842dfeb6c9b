import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Progress } from "@keyroll/sdk";
import { client } from "../../client.ts";
import { bodyOf } from "../../drafts/changes.ts";
import type { Drafts, SavedKeys } from "../../drafts/draft.ts";

export type SavedReply = ReplyOf<Routes["secrets.change"]>;

/** A name for one attempt: sent again after a lost answer, the server gives the first one's outcome. */
export const newAttempt = (): string =>
  Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );

interface SaveOptions {
  readonly app: string;
  readonly env: string;
  readonly drafts: Drafts;
  readonly saved: SavedKeys;
  readonly message: string;
  /** Older values of what is removed are deleted too. */
  readonly purges: boolean;
  readonly attempt: string;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Saves the drafts on the revision that they are based on: all of them, or nothing and the reason.
 *
 * @throws {KeyrollError} `revision_conflict` with the keys that others saved too; whatever the rules and the store refuse
 */
export const saveDrafts = async ({
  app,
  env,
  drafts,
  saved,
  message,
  purges,
  attempt,
  onProgress,
}: SaveOptions): Promise<SavedReply> =>
  await client.call("secrets.change", {
    params: { app, env },
    body: { ...bodyOf(drafts, saved, message), ...(purges ? { purge: true } : {}) },
    ifMatch: drafts.base,
    idempotencyKey: attempt,
    onProgress,
  });

/** Asks a save that lasts to stop. What it then answers says whether it was in time: it is whole or absent. */
export const cancelSave = async (app: string, env: string, { id }: Progress): Promise<void> => {
  await client.call("operations.cancel", { params: { app, env, operation: id } });
};

/** Whether nobody can say how an attempt ended: under its name there is no other answer, and a new one is refused if it was saved. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof KeyrollError && (error.code === "indeterminate" || error.code === "idempotency_mismatch");

/** Keys that somebody else saved too, when that is why a save was refused. */
export const conflictingKeys = (error: unknown): readonly string[] | null =>
  error instanceof KeyrollError && error.code === "revision_conflict" ? (error.facts.keys ?? []) : null;
