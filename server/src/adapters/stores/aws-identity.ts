import { KeyrollError } from "@keyroll/contract/errors";
import { assumedRole } from "../cloud/aws/assumed-role.ts";
import { callerOf, clockLimit, clockWords, setClock } from "../cloud/aws/identity.ts";
import { roleOf, type AccountSettings } from "../cloud/aws/settings.ts";
import type { CheckFinding } from "../../ports/secret-store.ts";
import { tried } from "./tried.ts";

/** Said from then on, while everything still works. Milliseconds. */
const clockNotice = 60_000;

/**
 * Who Keyroll is there, before what it may do: where that is not known, every right would fail for the same reason, and
 * is not tried. An account that STS cannot be reached from may still have a store that can.
 */
export const identified = async (
  given: AccountSettings,
  rights: () => Promise<readonly CheckFinding[]>,
): Promise<readonly CheckFinding[]> => {
  const { region } = given;
  const role = roleOf(given);
  let ahead = 0;
  let isAway = false;
  const own = await tried([
    "identity",
    "sts:GetCallerIdentity",
    async () => {
      const caller = await callerOf(region, null).catch((error: unknown) => {
        isAway = codeOf(error) === "provider_unreachable";
        throw error;
      });
      ({ ahead } = caller);
      return role === null
        ? `Keyroll works as ${caller.arn}, in the account ${caller.account}.`
        : `The server itself is ${caller.arn}, in the account ${caller.account}.`;
    },
  ]);
  const findings = [isAway && role === null ? { ...own, required: false } : own];
  if (Math.abs(ahead) >= clockNotice) findings.push(clock(ahead));
  if (findings.some((finding) => !finding.ok && finding.required)) return findings;
  if (role !== null) {
    const assumed = await tried([
      "assume",
      "sts:AssumeRole",
      async () => {
        const { arn, account } = await callerOf(region, assumedRole(region, role));
        return `It assumes the role: Keyroll works as ${arn}, in the account ${account}.`;
      },
    ]);
    findings.push(assumed);
    if (!assumed.ok) return findings;
  }
  return [...findings, ...(await rights())];
};

const codeOf = (error: unknown): unknown => (error instanceof KeyrollError ? error.code : null);

const clock = (ahead: number): CheckFinding => ({
  id: "clock",
  what: "the server's clock",
  ok: false,
  required: false,
  message: `It is ${clockWords(ahead)}; ${clockLimit / 1000} s off, AWS refuses every call.`,
  next: setClock,
});
