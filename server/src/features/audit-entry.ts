import type { Tx } from "../database/schema.ts";
import type { Actor } from "./actor.ts";
import type { Host } from "./host.ts";
import type { Subject } from "./subject.ts";

/** What was done, in words that stay true: `secrets.change`, with names and figures, never a value. */
export interface AuditEntry {
  readonly action: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** When the verb itself makes or removes what the entry is about. */
  readonly app?: { readonly id: string; readonly name: string };
  readonly environment?: { readonly id: string; readonly name: string };
  /** When the actor only comes into being by this verb (set-up, sign-in). */
  readonly actor?: Actor;
}

export const writeAudit = async (
  tx: Tx,
  host: Pick<Host, "random" | "clock">,
  actor: Actor,
  requestId: string | null,
  subject: Subject,
  entry: AuditEntry,
): Promise<void> => {
  const who = entry.actor ?? actor;
  const app = entry.app ?? subject.app;
  const environment = entry.environment ?? subject.environment;
  await tx
    .insertInto("audit")
    .values({
      id: host.random.id(),
      at: host.clock.now(),
      actor_kind: who.kind,
      actor_id: who.id,
      actor_name: who.name,
      action: entry.action,
      app_id: app?.id ?? null,
      app_name: app?.name ?? null,
      environment_id: environment?.id ?? null,
      environment_name: environment?.name ?? null,
      details: JSON.stringify(entry.details ?? {}),
      request_id: requestId,
    })
    .execute();
};
