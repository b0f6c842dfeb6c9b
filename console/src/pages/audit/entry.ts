import type { ReplyOf, Routes } from "@keyroll/contract";

export type AuditEntry = ReplyOf<Routes["audit.list"]>["items"][number];

/** What can be chosen; all three are optional and narrow the list together. */
export interface AuditFilter {
  readonly action: string;
  /** `app`, or `app/env`. */
  readonly where: string;
  readonly actor: string;
}

/** Whether an entry passes. The server narrows by action only; names are compared without upper and lower case. */
export const passes = ({ actor, app, environment }: AuditEntry, filter: AuditFilter): boolean => {
  const where = `${app ?? ""}/${environment ?? ""}`;
  const isThere = filter.where === "" || where === filter.where || app === filter.where;
  return isThere && actor.name.toLowerCase().includes(filter.actor.trim().toLowerCase());
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const one = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(one).join(", ");
  // A key with what was done to it.
  if (isRecord(value))
    return "key" in value && "op" in value ? `${String(value["key"])} ${String(value["op"])}` : JSON.stringify(value);
  return String(value);
};

/** The details as `name: value`, in the order of the server. An entry never holds a secret value. */
export const detailsOf = ({ details }: AuditEntry): readonly (readonly [string, string])[] =>
  Object.entries(details)
    .filter(([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [name, one(value)] as const);
