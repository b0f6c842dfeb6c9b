import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding, StoreHost } from "../../../ports/secret-store.ts";
import { ownKey } from "../../cloud/aws/own-key.ts";
import type { Rest } from "../rest.ts";
import { triedAll, type Step } from "../tried.ts";
import { call, refuse, type Action } from "./client.ts";
import { checkApp, nameOf, type SecretsManagerSettings } from "./documents.ts";
import { versionId } from "./versions.ts";

/** Each right by using it, on a secret that holds nothing and is removed again. */
export const checkSecretsManager = async (
  rest: Rest,
  settings: SecretsManagerSettings,
  { random }: Pick<StoreHost, "random">,
): Promise<readonly CheckFinding[]> => {
  const name = nameOf(settings, checkApp, random.id());
  const first = versionId({ revision: 1, isGrave: false }, null, [name]);
  const second = versionId({ revision: 2, isGrave: false }, first, [name]);
  const use = async (action: Action, input: Readonly<Record<string, unknown>> = {}) => {
    const { refused, body } = await call(rest, action, name, input);
    if (refused !== null) throw refuse(action, name, refused);
    return body;
  };
  const step = (id: string, action: Action, input: Readonly<Record<string, unknown>>, good: string): Step => [
    id,
    `secretsmanager:${action}`,
    async () => {
      await use(action, input);
      return good;
    },
  ];
  const stage = { VersionStage: "AWSCURRENT", MoveToVersionId: second, RemoveFromVersionId: first };
  const key = settings.kmsKeyId === undefined ? {} : { KmsKeyId: settings.kmsKeyId };
  const [created, ...others] = await triedAll([
    step(
      "create",
      "CreateSecret",
      { ClientRequestToken: first, SecretString: "{}", ...key },
      `Secrets below \`${settings.prefix}/\` can be made.`,
    ),
  ]);
  if (created?.ok !== true) return [...(created === undefined ? [] : [created]), ...others];
  const rights = await triedAll([
    step("read", "GetSecretValue", { VersionStage: "AWSCURRENT" }, "Values can be read and decrypted."),
    [
      "encrypted",
      "secretsmanager:DescribeSecret",
      async () => {
        const { KmsKeyId } = await use("DescribeSecret");
        return typeof KmsKeyId === "string"
          ? `Encrypted with the KMS key ${KmsKeyId}.`
          : "Encrypted with the account's default key, aws/secretsmanager.";
      },
    ],
    step(
      "write",
      "PutSecretValue",
      { ClientRequestToken: second, SecretString: "{}", VersionStages: ["KEYROLLPENDING"] },
      "A version can be put beside the current one.",
    ),
    step("compare-and-swap", "UpdateSecretVersionStage", stage, "It can be made the current one."),
    [
      "stale",
      "refuse a stale write",
      async () => {
        const { refused } = await call(rest, "UpdateSecretVersionStage", name, {
          ...stage,
          MoveToVersionId: first,
        });
        if (refused === "InvalidParameterException") return "A move from an old version is refused.";
        throw new KeyrollError("provider_denied", `A move from an old version is answered with ${refused ?? "yes"}.`);
      },
    ],
    step("history", "ListSecretVersionIds", { IncludeDeprecated: true }, "Versions can be listed."),
    step("prune", "TagResource", { Tags: [{ Key: "keyroll-dropped", Value: "" }] }, "Dropped ones can be noted."),
    step("delete", "DeleteSecret", { RecoveryWindowInDays: 7 }, "A secret can be deleted for a time."),
    step("restore", "RestoreSecret", {}, "It can be brought back."),
    step("purge", "DeleteSecret", { ForceDeleteWithoutRecovery: true }, "It can be deleted for good."),
  ]);
  return [created, ...rights, ownKey(settings.kmsKeyId, "alias/aws/secretsmanager", "secrets")];
};
