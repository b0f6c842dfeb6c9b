import type { Policy, PolicyScope } from "../../../ports/secret-store.ts";
import { arnsOf, documentOf, keyStatement, rolePolicies, type KeyedSettings } from "../../cloud/aws/policy.ts";
import { actions } from "./client.ts";
import { checkApp, nameOf } from "./documents.ts";

interface Settings extends KeyedSettings {
  readonly prefix: string;
}

/** Every call of `client.ts` is a right of the same name here, on the secrets that it is made with and on no other. */
export const secretsManagerPolicies = (settings: Settings, scope: PolicyScope): readonly Policy[] => {
  const arnOf = arnsOf(settings);
  const name =
    scope.app === null ? `${settings.prefix}/*/values` : nameOf(settings, scope.app, scope.environment ?? "*");
  // AWS ends a secret's ARN with a hyphen and six characters of its own; one that is being made has none yet.
  const secrets = (...names: readonly string[]): string[] =>
    names.flatMap((one) => [arnOf("secretsmanager", `secret:${one}`), arnOf("secretsmanager", `secret:${one}-??????`)]);
  const written = secrets(name, ...(scope.app === null ? [] : [nameOf(settings, checkApp, "*")]));
  const key = (used: readonly string[], resources: readonly string[]) =>
    keyStatement(settings, used, { service: "secretsmanager", context: "SecretARN", resources });
  const allow = (used: readonly string[], Resource: readonly string[]) => ({
    Sid: "Secrets",
    Effect: "Allow",
    Action: used.map((action) => `secretsmanager:${action}`),
    Resource,
  });
  return [
    {
      name: "writer",
      purpose:
        settings.roleArn === undefined
          ? "For the server's own role or user: what Keyroll calls, where it calls it, and nothing else."
          : `For ${settings.roleArn}: what Keyroll calls, where it calls it, and nothing else.`,
      document: documentOf([allow(actions, written), ...key(["GenerateDataKey", "Decrypt"], written)]),
    },
    {
      name: "reader",
      purpose:
        "For a program that reads values by itself, such as an operator in the cluster. Keyroll does not need it.",
      document: documentOf([
        allow(["DescribeSecret", "GetSecretValue"], secrets(name)),
        ...key(["Decrypt"], secrets(name)),
      ]),
    },
    ...rolePolicies(settings),
  ];
};
