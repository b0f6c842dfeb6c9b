import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  DeleteParametersCommand,
  GetParametersCommand,
  paginateGetParametersByPath,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { addressOf } from "./emulator.ts";

/** The emulator's source. */
export const program = fileURLToPath(new URL("../../testbed/emulators.d/ssm-real.mjs", import.meta.url));

/** One rule of the emulator: `nth` call of the action, and what happens to it (testbed/EMULATORS.md). */
export interface Fault {
  readonly action?: string;
  readonly name?: string;
  readonly nth?: number;
  readonly times?: number;
  readonly do: "drop-before" | "drop-after" | "error" | "error-after" | "delay" | "throttle";
  readonly type?: string;
  readonly status?: number;
  readonly ms?: number;
}

/** Parameter Store with the limits of the real one, for one test file: its faults and quotas disturb nobody else. */
export interface ParameterStore {
  readonly url: string;
  /** What makes a server use it. */
  readonly env: Readonly<Record<string, string>>;
  config(part: Readonly<Record<string, unknown>>): Promise<void>;
  faults(rules: readonly Fault[]): Promise<void>;
  log(): Promise<{ readonly puts: number; readonly actions: any; readonly calls: readonly any[] }>;
  reset(): Promise<void>;
  stop(): void;
}

/**
 * Without throttling unless the config says so.
 * @param upstream the moto behind it; `memory`: none, for what is about pages and commands rather than about the store
 * @param source what to run: a changed copy of the emulator, for the test of the emulator itself
 */
export const startParameterStore = async (
  config: Readonly<Record<string, unknown>> = {},
  upstream = process.env["KEYROLL_AWS_ENDPOINT"],
  source = program,
): Promise<ParameterStore> => {
  if (upstream === undefined) throw new Error('first: testbed/emulators up aws, and eval "$(testbed/emulators env)"');
  const child = spawn(process.execPath, [source], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      KEYROLL_SSM_PORT: "0",
      KEYROLL_AWS_ENDPOINT: upstream,
      KEYROLL_SSM_CONFIG: JSON.stringify({ throttle: false, ...config }),
    },
  });
  const url = await addressOf(child);
  const control = async (what: string, body?: unknown): Promise<any> => {
    const answer = await fetch(
      `${url}/_keyroll/${what}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    );
    return await answer.json();
  };
  return {
    url,
    env: {
      AWS_ENDPOINT_URL_SSM: url,
      AWS_ENDPOINT_URL_STS: url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    config: async (part) => await control("config", part),
    faults: async (rules) => await control("faults", rules),
    log: async () => await control("log"),
    reset: async () => await control("reset", {}),
    stop: () => void child.kill("SIGTERM"),
  };
};

/** The actions of a log, those that were under way at the same time together. */
export const wavesOf = (calls: readonly any[]): string[][] => {
  const waves: string[][] = [];
  let end = 0;
  for (const { at, action, ms } of calls) {
    if (at >= end) {
      waves.push([]);
      end = at + ms;
    }
    waves.at(-1)?.push(action);
  }
  return waves;
};

/** What programs other than Keyroll do in the same account, and what they see there. */
export const otherProgram = (emulator: ParameterStore, region: string) => {
  const credentials = { accessKeyId: "somebody-else", secretAccessKey: "test" };
  const client = new SSMClient({ region, endpoint: emulator.url, credentials });
  return {
    /** Answers the version. */
    put: async (
      name: string,
      value: string,
      type: "SecureString" | "String" | "StringList" = "SecureString",
      tier: "Standard" | "Advanced" = "Standard",
    ): Promise<number> => {
      const input = { Name: name, Value: value, Type: type, Overwrite: true, Tier: tier } as const;
      return (await client.send(new PutParameterCommand(input))).Version ?? 0;
    },
    remove: async (name: string): Promise<void> => {
      await client.send(new DeleteParametersCommand({ Names: [name] }));
    },
    get: async (name: string): Promise<string | undefined> => {
      const { Parameters } = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
      return Parameters?.[0]?.Value;
    },
    /** Last segments and versions of what lies below the path, by name. */
    list: async (path: string): Promise<Record<string, number>> => {
      const found: [string, number][] = [];
      for await (const page of paginateGetParametersByPath({ client }, { Path: path }))
        for (const { Name = "", Version = 0 } of page.Parameters ?? [])
          found.push([Name.slice(path.length + 1), Version]);
      return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
};
