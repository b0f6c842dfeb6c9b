import { KeyrollError } from "@keyroll/contract/errors";
import { isAllowed, type Actor } from "./actor.ts";
import type { EnvironmentRow } from "./subject.ts";

/** How long a password counts, in milliseconds, before values of production may be shown. */
export const freshFor = 15 * 60_000;
const shortestReason = 3;

/** Whose values pass, and to whom. */
export interface Passing {
  readonly actor: Actor;
  readonly now: number;
  readonly reason: string | undefined;
}

/**
 * What every door to a value asks before it opens (interface: "Doors to a value"): in production a person at a
 * browser says why, and has given the password in the last 15 minutes, so that an unlocked screen shows nothing.
 *
 * Tokens pass: nobody sits at a program to be asked, a reason that it made up would tell the audit log nothing,
 * and what a token did stands there under the token's own name.
 *
 * @throws {KeyrollError} `confirmation_required` (field `reason`), `reauth_required` with the minutes.
 */
export const passDoor = ({ actor, now, reason }: Passing, environments: readonly EnvironmentRow[]): void => {
  const production = environments.find(({ kind }) => kind === "production");
  if (production === undefined || actor.kind !== "member") return;
  if ((reason?.trim().length ?? 0) < shortestReason) {
    throw new KeyrollError("confirmation_required", `\`${production.name}\` is production: say why you need it.`, {
      field: "reason",
      limit: shortestReason,
      actual: reason?.trim().length ?? 0,
      next: `Give a reason of at least ${shortestReason} characters; it stands in the audit log.`,
      changed: false,
    });
  }
  requireFresh({ actor, now }, `\`${production.name}\` is production`);
};

/**
 * Asks for a password of the last 15 minutes, of a person at a browser. Whoever makes a token asks too: it passes every
 * door from then on, and an unlocked screen would need no other.
 *
 * @throws {KeyrollError} `reauth_required` with the minutes; `why` begins the sentence.
 */
export const requireFresh = ({ actor, now }: Pick<Passing, "actor" | "now">, why: string): void => {
  const age = now - actor.since;
  if (actor.kind !== "member" || age <= freshFor) return;
  throw new KeyrollError(
    "reauth_required",
    `${why}, and your password was last given ${Math.floor(age / 60_000)} minutes ago; ${freshFor / 60_000} are allowed.`,
    { limit: freshFor / 60_000, actual: Math.floor(age / 60_000), changed: false },
  );
};

/** Whether somebody may see the values of all of these, and with them whether two are equal. */
export const mayReveal = (actor: Actor, environments: readonly EnvironmentRow[]): boolean =>
  environments.every(() => isAllowed(actor, "secret:reveal"));
