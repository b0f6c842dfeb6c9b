import {
  DescribeParametersCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
  type DescribeParametersCommandOutput,
} from "@aws-sdk/client-ssm";
import { startParameterStore, type ParameterStore } from "../e2e/harness/parameter-store.ts";
import { ask, startServer, type TestServer } from "../e2e/harness/server.ts";
import { inFolder, serverProgram } from "./programs.ts";

/** What the account allows: puts a second, and so many at once after a rest. */
export const quota = { perSecond: 3, burst: 20 } as const;
const latencyMs = 20;
const region = "eu-west-1";
const base = "/apps/shop/environments/dev";

/** Values that no round has had. */
let made = 0;
export const fresh = (count: number): Record<string, string> => {
  made += 1;
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`KEY_${i}`, `value ${i} of round ${made}`]));
};

/** What one way of saving needed. */
export interface Effort {
  readonly ms: number;
  readonly puts: number;
  readonly throttled: number;
  readonly refused: number;
  readonly calls: number;
}

/** Parameter Store with the quota of a usual account, 20 ms away, and who saves into it. */
export interface Site {
  /** Saves into a new environment, or into the one there is; the account and the server have rested before. */
  save(values: Readonly<Record<string, string>>, into?: "new"): Promise<Effort>;
  /** Reads all values back. */
  read(): Promise<Effort>;
  /** Runs another program on the rested account. */
  run(program: (client: SSMClient) => Promise<void>, attempts?: number): Promise<Effort>;
}

const effortOf = async (emulator: ParameterStore, work: () => Promise<void>): Promise<Effort> => {
  await emulator.reset();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const { actions } = await emulator.log();
  const counts: { received: number; throttled: number; refused: number }[] = Object.values(actions);
  const sum = (what: "received" | "throttled" | "refused"): number => counts.reduce((all, one) => all + one[what], 0);
  const puts = actions.PutParameter ?? { ok: 0 };
  return { ms, puts: puts.ok, throttled: sum("throttled"), refused: sum("refused"), calls: sum("received") };
};

/** The new revision, also when it comes with a progress resource. */
const patch = async (server: TestServer, ifMatch: number, set: Readonly<Record<string, string>>): Promise<number> => {
  const reply = await ask(server, `PATCH ${base}/secrets`, { ifMatch, body: { set } });
  let result = reply.body;
  while (result.operation !== undefined) {
    const { operation } = result;
    if (operation.state === "failed") throw new Error(`not saved: ${JSON.stringify(operation.problem)}`);
    if (operation.state === "done") result = operation.result;
    else {
      await new Promise((resolve) => setTimeout(resolve, 20));
      result = (await ask(server, `GET ${base}/operations/${operation.id}`)).body;
    }
  }
  if (result.verified !== true) throw new Error(`not saved: ${JSON.stringify(result)}`);
  return result.revision;
};

/** Measures of one run share the account behind the emulator: none meets what another has saved. */
let sites = 0;

export const withSite = async <T>(work: (site: Site) => Promise<T>): Promise<T> => {
  const rates = { put: quota.perSecond };
  sites += 1;
  const site = `bench-${process.pid}-${sites}`;
  const emulator = await startParameterStore({ throttle: true, rates, bursts: { put: quota.burst }, latencyMs });
  try {
    return await inFolder(async (folder) => {
      let environments = 0;
      let running: { readonly server: TestServer; revision: number } | null = null;
      const end = async (): Promise<void> => {
        await running?.server.stop();
        running = null;
      };
      /** The one server of an environment, as it runs for weeks: its count of what the account allows is full again. */
      const rested = async <R>(
        run: (site: { readonly server: TestServer; revision: number }) => Promise<R>,
      ): Promise<R> => {
        if (running === null) throw new Error("no environment yet");
        await new Promise((resolve) => setTimeout(resolve, (quota.burst / quota.perSecond) * 1000 + 500));
        return await run(running);
      };
      const begin = async (): Promise<void> => {
        await end();
        environments += 1;
        const env = {
          KEYROLL_LOG_LEVEL: "warn",
          AWS_ENDPOINT_URL_SSM: emulator.url,
          AWS_ACCESS_KEY_ID: "test",
          AWS_SECRET_ACCESS_KEY: "test",
        };
        const dataDir = `${folder}/${environments}`;
        const server = await startServer({ dataDir, program: serverProgram, env });
        running = { server, revision: 0 };
        const must = async (call: string, body: object): Promise<void> => {
          const reply = await ask(server, call, { body });
          if (reply.status !== 201) throw new Error(`${call}: ${JSON.stringify(reply.body)}`);
        };
        const store = { kind: "aws-ssm", settings: { region, prefix: `${site}-${environments}` } };
        await must("POST /apps", { name: "shop" });
        await must("POST /connections", { name: "cloud", cluster: { kind: "process" }, store });
        await must("POST /apps/shop/environments", { name: "dev", connection: "cloud", kind: "sandbox" });
      };
      try {
        return await work({
          save: async (values, into) => {
            if (into === "new" || environments === 0) await begin();
            return await rested(
              async (site) =>
                await effortOf(emulator, async () => {
                  site.revision = await patch(site.server, site.revision, values);
                }),
            );
          },
          read: async () =>
            await rested(
              async ({ server }) =>
                await effortOf(emulator, async () => {
                  const { status } = await ask(server, `POST ${base}/bundle`, { body: { of: "saved" } });
                  if (status !== 200) throw new Error(`not read: ${status}`);
                }),
            ),
          run: async (program, attempts = 1) => {
            const credentials = { accessKeyId: "test", secretAccessKey: "test" };
            const client = new SSMClient({ region, endpoint: emulator.url, credentials, maxAttempts: attempts });
            await client.send(new GetParametersCommand({ Names: ["/warm"] }));
            return await effortOf(emulator, async () => await program(client));
          },
        });
      } finally {
        await end();
      }
    });
  } finally {
    emulator.stop();
  }
};

const putOf = (path: string, key: string, value: string, isNew = false): PutParameterCommand =>
  new PutParameterCommand({ Name: `${path}/${key}`, Value: value, Type: "SecureString", Overwrite: !isNew });

let bare = 0;

/**
 * The calls that a whole save cannot do without, each sent the moment the account allows it: read which record is newest
 * and what the keys hold, since only what changes is put; put each value; put one record; read both back.
 */
export const bareSave =
  (values: Readonly<Record<string, string>>) =>
  async (client: SSMClient): Promise<void> => {
    bare += 1;
    const path = `/bare-${process.pid}/${bare}`;
    const names = Object.keys(values).map((key) => `${path}/${key}`);
    const get = async (some: readonly string[]): Promise<void> => {
      await client.send(new GetParametersCommand({ Names: [...some], WithDecryption: true }));
    };
    const batches = Array.from({ length: Math.ceil(names.length / 10) }, (_, i) => names.slice(i * 10, i * 10 + 10));
    await Promise.all([get([`${path}/record`]), ...batches.map(get)]);
    const began = performance.now();
    /** The account's tokens, known exactly; 50 ms, because its count begins when the first put arrives. */
    const due = (nth: number): number =>
      nth < quota.burst ? 0 : ((nth - quota.burst + 1) / quota.perSecond) * 1000 + 50;
    const put = async (command: PutParameterCommand, nth: number): Promise<void> => {
      const wait = due(nth) - (performance.now() - began);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await client.send(command);
    };
    await Promise.all(Object.entries(values).map(async ([key, value], nth) => await put(putOf(path, key, value), nth)));
    await put(putOf(path, "record", "x".repeat(2000), true), names.length);
    await Promise.all([get([`${path}/record`]), ...batches.map(get)]);
  };

/** The calls of an import key by key: the folder is listed before each put. Its retries are the SDK's. */
export const listAndPut =
  (path: string, values: Readonly<Record<string, string>>) =>
  async (client: SSMClient): Promise<void> => {
    for (const [key, value] of Object.entries(values)) {
      let next: string | undefined;
      do {
        const page: DescribeParametersCommandOutput = await client.send(
          new DescribeParametersCommand({
            ParameterFilters: [{ Key: "Path", Option: "OneLevel", Values: [path] }],
            MaxResults: 50,
            ...(next === undefined ? {} : { NextToken: next }),
          }),
        );
        next = page.NextToken;
      } while (next !== undefined);
      await client.send(putOf(path, key, value));
    }
  };

/** One put after the other, with a second of sleep behind each. */
export const putAndSleep =
  (path: string, values: Readonly<Record<string, string>>) =>
  async (client: SSMClient): Promise<void> => {
    for (const [key, value] of Object.entries(values)) {
      await client.send(putOf(path, key, value));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
