import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { committed, newScope, remove, set } from "../../../../../conformance/store-world.ts";
import { actionsIn, allows, type Right } from "../../../../../e2e/harness/iam.ts";
import { startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { StoreScope } from "../../../ports/secret-store.ts";
import { awsSecretsManager } from "../../stores/aws-secrets-manager.ts";
import { createAwsSsm } from "../../stores/aws-ssm.ts";

const region = "eu-west-1";
const account = "210987654321";
const settings = {
  region,
  prefix: `policy-${process.pid}`,
  roleArn: `arn:aws:iam::${account}:role/keyroll`,
  kmsKeyId: "alias/shop",
};
let emulator: ParameterStore;

beforeAll(async () => {
  emulator = await startParameterStore({ checks: false });
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
});
afterAll(() => emulator.stop());
beforeEach(async () => await emulator.reset());

/** To know who one is needs no right; to assume the role is what `assume` is for. */
const aboutWho = new Set(["AssumeRole", "GetCallerIdentity"]);
const host = () => ({ ...testHost(), variables: new Map([["AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.url]]) });
const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`;
/** What AWS asks KMS for, with the account's key of that alias, when a service en- or decrypts for somebody. */
const keyUse = (action: string, service: string, context: Readonly<Record<string, string>>): Right => ({
  action: `kms:${action}`,
  resource: arn("kms", "key/0b6d-1"),
  context: {
    "kms:ViaService": `${service}.${region}.amazonaws.com`,
    "kms:ResourceAliases": ["alias/another", "alias/shop"],
    ...Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
  },
});

const ssm = createAwsSsm({ patience: 500, longestSave: 0 });
const kinds = {
  "aws-ssm": {
    policies: ssm.policies!,
    open: (scope: StoreScope) => ssm.open(settings, scope, host()),
    check: async () => await ssm.check(settings, host()),
    placeOf: ({ app, environment }: StoreScope) => `/${settings.prefix}/${app}/${environment}/KEY`,
    /** The calls that go with one: names come with a version where one is asked for. */
    rightsOf: (action: string, name: string): Right[] => {
      if (action === "GetServiceSetting")
        return [{ action: "ssm:GetServiceSetting", resource: arn("ssm", `servicesetting${name}`) }];
      return name.split(",").flatMap((one) => {
        const resource = arn("ssm", `parameter${one.split(":")[0]}`);
        const context = { PARAMETER_ARN: resource };
        const own = { action: `ssm:${action}`, resource };
        if (action === "PutParameter") return [own, keyUse("Encrypt", "ssm", context)];
        return action.startsWith("GetParameter") && action !== "GetParametersByPath"
          ? [own, keyUse("Decrypt", "ssm", context)]
          : [own];
      });
    },
  },
  "aws-secrets-manager": {
    policies: awsSecretsManager.policies!,
    open: (scope: StoreScope) => awsSecretsManager.open(settings, scope, host()),
    check: async () => await awsSecretsManager.check(settings, host()),
    placeOf: ({ app, environment }: StoreScope) => `${settings.prefix}/${app}/${environment}/values`,
    rightsOf: (action: string, name: string): Right[] => {
      const made = arn("secretsmanager", `secret:${name}-a1B2c3`);
      const context = { SecretARN: made, SecretVersionId: "any" };
      const resource = action === "CreateSecret" ? arn("secretsmanager", `secret:${name}`) : made;
      const own = { action: `secretsmanager:${action}`, resource };
      const [encrypt, decrypt] = ["GenerateDataKey", "Decrypt"].map((one) => keyUse(one, "secretsmanager", context));
      if (action === "CreateSecret") return [own, { ...own, action: "secretsmanager:TagResource" }, encrypt!, decrypt!];
      if (action === "PutSecretValue") return [own, encrypt!, decrypt!];
      return action === "GetSecretValue" ? [own, decrypt!] : [own];
    },
  },
} as const;

describe.each(["aws-ssm", "aws-secrets-manager"] as const)("the policies of %s", (name) => {
  const kind = kinds[name];
  const documentOf = (policy: string, app: string | null, environment: string | null): any =>
    kind.policies(settings as never, { app, environment }).find((one) => one.name === policy)?.document;
  /** Everything that a store can be asked for, and what it called. */
  const calledBy = async (scope: StoreScope): Promise<Right[]> => {
    const store = kind.open(scope);
    await committed(store, 0, [set("A", "1"), set("B", "2")]);
    await committed(store, 1, [set("A", "3"), remove("B")]);
    await store.read(1);
    await store.revisions({ limit: 5 });
    await store.upkeep.inspect();
    await store.upkeep.prune(new Set([2]), 1);
    await store.upkeep.destroy("soft");
    const { revision } = await committed(store, 0, [set("A", "again")]);
    await store.read(revision);
    await store.upkeep.destroy("purge");
    expect((await kind.check()).filter(({ ok, required }) => required && !ok)).toEqual([]);
    const { calls } = await emulator.log();
    const [first, ...others] = calls;
    expect([first.action, first.name]).toEqual(["AssumeRole", settings.roleArn]);
    return others
      .filter(({ action }) => !aboutWho.has(action))
      .flatMap(({ action, name: on }) => kind.rightsOf(action, on));
  };

  test("the writer's allow every call of a whole life and of a check, no other call, and no other environment", async () => {
    const scope = newScope();
    const [one, all] = [documentOf("writer", scope.app, scope.environment), documentOf("writer", null, null)];
    const ofApp = documentOf("writer", scope.app, null);
    const rights = await calledBy(scope);
    for (const right of rights)
      expect([allows(one, right), allows(ofApp, right), allows(all, right)], JSON.stringify(right)).toEqual([
        true,
        true,
        true,
      ]);
    const used = [...new Set(rights.map(({ action }) => action))].toSorted();
    for (const document of [one, ofApp, all]) expect(actionsIn(document)).toEqual(used);

    const { app, environment } = scope;
    const sameApp = [`${environment}-eu`, "other"].map((other) => ({ ...scope, environment: other }));
    const otherApps = [`${app}-2`, "other"].map((other) => ({ ...scope, app: other }));
    const actions = [...new Set((await emulator.log()).calls.map(({ action }) => action as string))].filter(
      (action) => !aboutWho.has(action) && action !== "GetServiceSetting",
    );
    const rightsIn = (place: string): Right[] => actions.flatMap((action) => kind.rightsOf(action, place));
    for (const right of [...sameApp, ...otherApps].flatMap((other) => rightsIn(kind.placeOf(other)))) {
      // A listing is a right on a path, and no key is one.
      if (/ByPath/u.test(right.action)) continue;
      expect(allows(one, right), JSON.stringify(right)).toBe(false);
      expect(allows(all, right), JSON.stringify(right)).toBe(true);
    }
    for (const right of otherApps.flatMap((other) => rightsIn(kind.placeOf(other))))
      expect(allows(ofApp, right), JSON.stringify(right)).toBe(false);
    const elsewhere = kind.placeOf(scope).replace(settings.prefix, `${settings.prefix}2`);
    for (const right of rightsIn(elsewhere)) expect(allows(all, right), JSON.stringify(right)).toBe(false);
  });

  test("the reader's allow to read one environment and to change nothing", () => {
    const scope = newScope();
    const place = kind.placeOf(scope);
    const document = documentOf("reader", scope.app, scope.environment);
    const [reads, writes] =
      name === "aws-ssm"
        ? [
            ["GetParameter", "GetParameters"],
            ["PutParameter", "DeleteParameters"],
          ]
        : [
            ["GetSecretValue", "DescribeSecret"],
            ["PutSecretValue", "DeleteSecret", "CreateSecret"],
          ];
    const other = kind.placeOf({ ...scope, environment: "other" });
    for (const action of reads) {
      for (const right of kind.rightsOf(action, place)) expect(allows(document, right), action).toBe(true);
      for (const right of kind.rightsOf(action, other)) expect(allows(document, right), action).toBe(false);
    }
    for (const action of writes) expect(allows(document, kind.rightsOf(action, place)[0]!), action).toBe(false);
    expect(actionsIn(document).filter((action) => /Put|Delete|Create|Encrypt|Generate/u.test(action))).toEqual([]);
  });

  test("the key serves only through the service, only under its alias, and only for these values", () => {
    const scope = newScope();
    const document = documentOf("writer", scope.app, scope.environment);
    const right = kind
      .rightsOf(name === "aws-ssm" ? "GetParameters" : "GetSecretValue", kind.placeOf(scope))
      .find(({ action }) => action === "kms:Decrypt")!;
    const changed = (part: Right["context"]): Right => ({ ...right, context: { ...right.context, ...part } });
    expect(allows(document, right)).toBe(true);
    expect(allows(document, changed({ "kms:ResourceAliases": ["alias/another"] }))).toBe(false);
    expect(allows(document, changed({ "kms:ViaService": `s3.${region}.amazonaws.com` }))).toBe(false);
    expect(allows(document, { ...right, context: {} })).toBe(false);
  });
});

test("a reader of Parameter Store may list the path of its environment, and no other", () => {
  const { app, environment } = newScope();
  const document: any = ssm.policies!(settings, { app, environment }).find(({ name }) => name === "reader")?.document;
  const list = (path: string): Right => ({
    action: "ssm:GetParametersByPath",
    resource: arn("ssm", `parameter/${settings.prefix}/${path}`),
  });
  expect(allows(document, list(`${app}/${environment}`))).toBe(true);
  expect([`${app}/other`, app, `other/${environment}`].map((path) => allows(document, list(path)))).toEqual([
    false,
    false,
    false,
  ]);
});
