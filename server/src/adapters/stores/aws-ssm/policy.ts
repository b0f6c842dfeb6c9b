import type { Policy, PolicyScope } from "../../../ports/secret-store.ts";
import {
  arnsOf,
  documentOf,
  keyStatement,
  rolePolicies,
  type KeyedSettings,
  type Statement,
} from "../../cloud/aws/policy.ts";

interface Settings extends KeyedSettings {
  readonly prefix: string;
  readonly tier?: "standard" | "advanced" | undefined;
}

const allow = (Sid: string, actions: readonly string[], Resource: readonly string[]): Statement => ({
  Sid,
  Effect: "Allow",
  Action: actions.map((action) => `ssm:${action}`),
  Resource,
});

/** The end of a path that stands for one environment, for those of an app, or for all. */
const pathOf = ({ app, environment }: PolicyScope): string => (app === null ? "*" : `${app}/${environment ?? "*"}`);

/** Every call of `parameters.ts` is a right of the same name here, on the paths that it is made with and on no other. */
export const ssmPolicies = (settings: Settings, scope: PolicyScope): readonly Policy[] => {
  const { prefix } = settings;
  const arnOf = arnsOf(settings);
  const path = pathOf(scope);
  const [values, records, checks] = [`${prefix}/${path}`, `${prefix}.rev/${path}`, `${prefix}.rev/check`];
  const parameters = (...paths: readonly string[]): string[] => paths.map((one) => arnOf("ssm", `parameter/${one}`));
  // A listing is a right on the path itself, which a star at the end of the path includes already.
  const below = (...paths: readonly string[]): string[] =>
    parameters(...paths.map((one) => (one.endsWith("*") ? one : `${one}/*`)));
  // All that lies below the prefix holds the place where rights are tried.
  const isAll = scope.app === null;
  const written = below(values, records, ...(isAll ? [] : [checks]));
  const key = (actions: readonly string[], resources: readonly string[]) =>
    keyStatement(settings, actions, { service: "ssm", context: "PARAMETER_ARN", resources });
  return [
    {
      name: "writer",
      purpose:
        settings.roleArn === undefined
          ? "For the server's own role or user: what Keyroll calls, where it calls it, and nothing else."
          : `For ${settings.roleArn}: what Keyroll calls, where it calls it, and nothing else.`,
      document: documentOf([
        allow("Parameters", ["PutParameter", "GetParameters", "DeleteParameters"], written),
        allow("Lists", ["GetParametersByPath"], parameters(values, records, ...(isAll ? [] : [checks]))),
        // Who changed a value past Keyroll.
        allow("Writers", ["GetParameterHistory"], below(values, checks)),
        allow(
          "Throughput",
          ["GetServiceSetting"],
          [arnOf("ssm", "servicesetting/ssm/parameter-store/high-throughput-enabled")],
        ),
        // The advanced tier encrypts with a data key of its own for each value.
        ...key(["Encrypt", "Decrypt", ...(settings.tier === "advanced" ? ["GenerateDataKey"] : [])], written),
      ]),
    },
    {
      name: "reader",
      purpose:
        "For a program that reads values by itself, such as an operator in the cluster. Keyroll does not need it.",
      document: documentOf([
        allow("Parameters", ["GetParameter", "GetParameters"], below(values, records)),
        // The values' own path is for programs that know nothing of records, such as the AWS command line.
        allow("Lists", ["GetParametersByPath"], parameters(values, records)),
        ...key(["Decrypt"], below(values, records)),
      ]),
    },
    ...rolePolicies(settings),
  ];
};
