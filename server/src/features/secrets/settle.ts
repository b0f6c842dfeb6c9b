import type { OutputOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Notice } from "@keyroll/pairs";
import { appendJournal } from "../../database/journal.ts";
import type { Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import type { AuditEntry } from "../audit-entry.ts";
import type { Host } from "../host.ts";
import type { Committed } from "../outcome.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";
import { recordPurge } from "./purge.ts";
import { movedMeta, recordMeta, recordRevision } from "./record.ts";
import type { Saved, SaveIntent } from "./save.ts";

type SavedReply = OutputOf<Routes["secrets.change"]>;

interface SettleParts {
  readonly host: Host;
  readonly tx: Tx;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
  readonly actor: Actor;
  readonly now: number;
  commit(entry: AuditEntry | null, result: SavedReply): Promise<Committed<SavedReply>>;
}

/** Records the revision with author, time and message; asks for a deployment when the environment wants one. */
export const settleSave = async (
  ctx: SettleParts,
  intent: SaveIntent,
  saved: Saved,
): Promise<Committed<SavedReply>> => {
  const { tx, environment, actor, now } = ctx;
  const { manifest } = saved;
  const moved = await movedMeta(tx, environment.id, saved.renamed);
  const changes =
    manifest === null || !saved.changed
      ? []
      : await recordRevision(tx, {
          environmentId: environment.id,
          actor,
          now,
          message: intent.message,
          restoredFrom: intent.restoredFrom,
          ...saved,
          manifest,
        });
  await recordMeta(tx, environment.id, moved);
  await recordMeta(tx, environment.id, saved.meta);
  // What was saved with it is an event of its own.
  if (saved.meta.size > 0 && !saved.changed) {
    const keys = [...saved.meta.keys()];
    await appendJournal(tx, environment.id, null, now, { type: "described", author: actor.name, keys });
  }
  const revision = manifest?.revision ?? 0;
  const purged = saved.purged ?? [];
  const gone = await recordPurge(tx, environment.id, purged, revision, saved.purgedUnrecorded);
  const { deployment, refused } = saved.changed ? await deployAfter(ctx, revision) : notAsked;
  const entry =
    saved.changed || saved.meta.size > 0 || purged.length > 0
      ? {
          action: intent.restoredFrom === null ? "secrets.change" : "revisions.restore",
          details: {
            revision,
            ...(intent.restoredFrom === null ? {} : { restoredFrom: intent.restoredFrom }),
            ...(saved.mergedWith === null ? {} : { mergedWith: saved.mergedWith }),
            keys: changes.map(({ key, op }) => ({ key, op })),
            ...(saved.meta.size === 0 ? {} : { described: [...saved.meta.keys()] }),
            ...(purged.length === 0 ? {} : { purged: [...purged], revisionsGone: gone }),
            ...(intent.drift === undefined ? {} : { drift: intent.drift }),
            ...(saved.retiresOld.size === 0 ? {} : { retiresOld: [...saved.retiresOld] }),
          },
        }
      : null;
  return await ctx.commit(entry, {
    revision,
    verified: saved.verified,
    changed: saved.changed,
    secrets: changes.map(({ key, op, bytes, lines }) => ({
      key,
      op: op === "removed" ? "remove" : "set",
      bytes,
      lines,
    })),
    mergedWith: saved.mergedWith,
    purged: [...purged],
    warnings: [...saved.warnings, ...refused].map(({ id, key, message }) => ({
      id,
      message,
      ...(key === undefined ? {} : { key }),
    })),
    deployment,
  });
};

interface Asked {
  readonly deployment: string | null;
  /** Why there is none although the environment wants one. */
  readonly refused: readonly Notice[];
}

export const notAsked: Asked = { deployment: null, refused: [] };

/**
 * Asks for the deployment that `onSave` wants. What cannot be deployed, for want of a chart, can be saved all the same:
 * an error here would take a save back, or leave it unrecorded where the store has it already.
 */
export const deployAfter = async (
  { host, tx, app, environment, actor }: Omit<SettleParts, "commit" | "now">,
  revision: number,
): Promise<Asked> => {
  if (!environment.settings.onSave) return notAsked;
  try {
    const request = { app, environment, actor, revision, reason: "on-save" } as const;
    return { ...notAsked, deployment: await host.requestDeployment(tx, request) };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    const message = `It is saved, but not deployed: ${error.message} ${error.next}`.trim();
    return { ...notAsked, refused: [{ id: "not-deployed", message }] };
  }
};
