import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding, StoreHost } from "../../../ports/secret-store.ts";
import type { AccountSettings } from "../../cloud/aws/settings.ts";
import { ownKey } from "../../cloud/aws/own-key.ts";
import { createCalls } from "./calls.ts";
import { CallFailed, type Parameters } from "./parameters.ts";
import { toKeyrollError } from "./refusals.ts";
import { advancedBytes } from "./value.ts";

/** What failed, for people; anything but an expected refusal is passed on. */
const refusalOf = (error: unknown, what: string): KeyrollError => {
  if (error instanceof KeyrollError) return error;
  if (error instanceof CallFailed) return toKeyrollError(error, what);
  throw error;
};

/**
 * Tries each right on a parameter of its own, with the KMS key of the settings, and deletes it again. What was not
 * tried because an earlier one failed is not reported.
 */
export const checkSsm = async (
  parameters: Parameters,
  settings: AccountSettings & {
    readonly prefix: string;
    readonly kmsKeyId?: string | undefined;
    readonly tier?: "standard" | "advanced" | undefined;
  },
  host: StoreHost,
): Promise<readonly CheckFinding[]> => {
  const { prefix, kmsKeyId } = settings;
  const calls = createCalls(parameters, settings, host);
  const path = `/${prefix}.rev/check`;
  const name = `${path}/${host.random.id()}`;
  const findings: CheckFinding[] = [];
  const attempt = async (
    id: string,
    what: string,
    good: string,
    run: () => Promise<unknown>,
    /** What is missing without it; absent: it is required. */
    without?: string,
  ): Promise<boolean> => {
    const required = without === undefined;
    try {
      await run();
      findings.push({ id, what, ok: true, required, message: good, next: null });
      return true;
    } catch (error) {
      const { message, next } = refusalOf(error, name);
      findings.push({ id, what, ok: false, required, message, next: without ?? next });
      return false;
    }
  };

  /** It is paid for by the hour, and is gone after a second. */
  const checkAdvanced = async (): Promise<void> => {
    const large = `${name}-advanced`;
    const isWritten = await attempt(
      "advanced",
      "ssm:PutParameter, kms:GenerateDataKey",
      `A value of ${advancedBytes} bytes can be written in the advanced tier.`,
      async () => await calls.put({ name: large, value: "x".repeat(advancedBytes), overwrite: false, advanced: true }),
    );
    if (isWritten) await calls.remove([large]).catch(() => undefined);
  };

  await attempt(
    "list",
    "ssm:GetParametersByPath",
    `Records below /${prefix}.rev can be listed.`,
    async () => await calls.list(path),
  );
  const wrote = await attempt(
    "write",
    "ssm:PutParameter, kms:Encrypt",
    `A SecureString can be written with ${kmsKeyId ?? "alias/aws/ssm"}.`,
    async () => await calls.put({ name, value: "check", overwrite: false }),
  );
  if (wrote) {
    await attempt("read", "ssm:GetParameters, kms:Decrypt", "It can be read and decrypted.", async () => {
      for (let i = 0; i < 5; i++) {
        if ((await calls.get([name])).get(name)?.value === "check") return;
        await calls.pause(i + 1);
      }
      throw new KeyrollError("provider_unreachable", `${name} was written and cannot be seen.`);
    });
    await attempt(
      "history",
      "ssm:GetParameterHistory",
      "Who changed a parameter past Keyroll can be told.",
      async () => await calls.writings(name),
      "Not needed: without it drift does not say who.",
    );
    await attempt("delete", "ssm:DeleteParameters", "It can be deleted.", async () => await calls.remove([name]));
  }
  if (settings.tier === "advanced") await checkAdvanced();
  findings.push(ownKey(kmsKeyId, "alias/aws/ssm", "parameters"), await throughput(parameters));
  return findings;
};

/** Keyroll reports the account's setting and never changes it: it costs money. */
const throughput = async (parameters: Parameters): Promise<CheckFinding> => {
  const what = "ssm:GetServiceSetting";
  const id = "throughput";
  try {
    const high = (await parameters.throughput()) === "high";
    const message = high
      ? "Higher throughput is on: about 10 writes a second."
      : "Default throughput: 3 writes a second; saving 100 keys takes about half a minute.";
    return { id, what, ok: true, required: false, message, next: null };
  } catch (error) {
    const { message } = refusalOf(error, "the throughput setting");
    return { id, what, ok: false, required: false, message, next: "Not needed: Keyroll finds the rate by itself." };
  }
};
