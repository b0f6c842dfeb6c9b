import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newScope } from "../../../../conformance/store-world.ts";
import { filesBelow, placesOf } from "../../../../e2e/harness/canary.ts";
import { startCloud } from "../../../../e2e/harness/clouds.ts";
import { startParameterStore } from "../../../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../../../e2e/harness/server.ts";
import { startTokenService } from "../../../../e2e/harness/token-service.ts";

/** A server whose values are in clouds, configured by its environment as an operator does it. */
const canary = "canary-value-in-a-cloud";
const proofs = { client: "canary-client-secret", token: "canary-access-token", aws: "canary-aws-secret-key" };
const prefix = newScope().appId;
let home: Home;
let server: TestServer;
let vaultUrl: string;
const stops: (() => void)[] = [];

beforeAll(async () => {
  const [gcp, azure, aws] = [await startCloud("gcp"), await startCloud("azure", 20), await startParameterStore()];
  const tokens = await startTokenService(() => ({
    status: 200,
    body: { access_token: proofs.token, expires_in: 3600 },
  }));
  stops.push(gcp.stop, azure.stop, aws.stop, tokens.stop);
  vaultUrl = azure.url.origin;
  home = await makeHome();
  const env = {
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: proofs.aws,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    AWS_ENDPOINT_URL_STS: aws.url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: gcp.url.origin,
    GCE_METADATA_HOST: tokens.host,
    AZURE_AUTHORITY_HOST: `http://${tokens.host}`,
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "client",
    AZURE_CLIENT_SECRET: proofs.client,
    AZURE_KEYVAULT_URL: vaultUrl,
  };
  server = await startServer({ ...home, env });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
  for (const stop of stops) stop();
});

test.each([
  ["aws-secrets-manager", () => ({ region: "eu-west-1", prefix }), "region"],
  ["gcp", () => ({ project: "keyroll-test", prefix }), "project"],
  ["azure", () => ({ vaultUrl, prefix: prefix.slice(0, 40) }), "vaultUrl"],
] as const)(
  "values in %s are saved, merged, read, checked and removed there, and are nowhere else",
  async (kind, settings, field) => {
    const name = `in-${kind}`;
    const connection = { name, cluster: { kind: "process" }, store: { kind, settings: settings() } };
    const wrong = { ...connection, store: { kind, settings: { ...settings(), [field]: "not one" } } };
    expect((await ask(server, "POST /connections", { body: wrong })).body).toMatchObject({
      code: "invalid",
      field: `store.settings.${field}`,
    });
    const made = await ask(server, "POST /connections", { body: connection });
    expect(made.status).toBe(201);
    const checked = await ask(server, `POST /connections/${name}/check`, { body: {} });
    expect(checked.body).toMatchObject({ ok: true });

    const app = `shop-${kind}`;
    await ask(server, "POST /apps", { body: { name: app } });
    const environment = { name: "dev", connection: name, kind: "sandbox" };
    expect((await ask(server, `POST /apps/${app}/environments`, { body: environment })).status).toBe(201);
    const base = `/apps/${app}/environments/dev`;
    /** A save that takes longer than a request waits is an operation, and has the same outcome. */
    const save = async (ifMatch: number, body: unknown) => {
      const answer = (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;
      if (answer.operation === undefined) return answer;
      const operation = await until(
        async () => (await ask(server, `GET ${base}/operations/${answer.operation.id}`)).body.operation,
        ({ settledAt }) => settledAt !== null,
      );
      return operation.result ?? operation.problem;
    };
    expect(await save(0, { set: { URL: canary, PORT: "1" } })).toMatchObject({ revision: 1, verified: true });
    expect(await save(1, { set: { PORT: "2" } })).toMatchObject({ revision: 2 });
    expect(await save(1, { set: { HOST: "h" } })).toMatchObject({ revision: 3, mergedWith: 2 });
    expect(await save(1, { set: { PORT: "3" } })).toMatchObject({ code: "revision_conflict", keys: ["PORT"] });
    const values = async (of: string | number) =>
      (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of } })).body.values;
    expect(await values("saved")).toEqual({ URL: canary, PORT: "2", HOST: "h" });
    expect(await values(1)).toEqual({ URL: canary, PORT: "1" });

    const places = new Map<string, Uint8Array | string>([
      ...filesBelow(home.dataDir),
      ["output", server.output()],
      ["arguments", readFileSync(`/proc/${server.pid}/cmdline`)],
      ["connection", JSON.stringify(made.body)],
      ["check", JSON.stringify(checked.body)],
    ]);
    for (const secret of [canary, ...Object.values(proofs)]) expect(placesOf(secret, places)).toEqual([]);
    expect((await ask(server, `DELETE ${base}`, { body: { destroySecrets: "dev" } })).status).toBeLessThan(300);
  },
);
