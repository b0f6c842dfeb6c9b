import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { littleRoom } from "../../scripts/build.mjs";

/** The sources, for a test that is run alone; a stage names the built server. */
const main = process.env["KEYROLL_TEST_SERVER"] ?? fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const compileCache = fileURLToPath(new URL("../../node_modules/.cache/keyroll-tests", import.meta.url));
export const bootstrapToken = "krl_test0000000000000000000000000000";

/** A real server in a process of its own, on a free port of loopback. */
export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly pid: number;
  /** Everything that it wrote. */
  output(): string;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly body: any;
  readonly etag: string | null;
  readonly headers: Headers;
}

const ended = async (child: ChildProcess): Promise<number | null> =>
  await new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", (code) => resolve(code));
  });

export interface StartOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the server of this run. */
  readonly program?: string;
  /** A command that becomes the server's, such as one that gives it other files to see. */
  readonly within?: readonly string[];
}

/** Starts a server on an existing data folder (and database). */
export const startServer = async (options: StartOptions): Promise<TestServer> => {
  // With what the built server would start itself again for (decision 20): one start of Node less.
  const node = [process.execPath, littleRoom.size];
  const [command, ...args] = [...(options.within ?? []), ...node, options.program ?? main];
  const child = spawn(command ?? process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: options.dataDir,
      KEYROLL_LISTEN: "127.0.0.1:0",
      KEYROLL_DATA_DIR: options.dataDir,
      KEYROLL_BOOTSTRAP_TOKEN: bootstrapToken,
      // The sources are compiled once for all the servers of a run.
      NODE_COMPILE_CACHE: compileCache,
      ...littleRoom.env,
      ...(options.databaseUrl
        ? { KEYROLL_DATABASE_URL: options.databaseUrl, KEYROLL_MASTER_KEY_FILE: join(options.dataDir, "master.key") }
        : {}),
      ...options.env,
    },
  });
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
      const found = /Keyroll is at (\S+)/u.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${text}`)));
  });
  return {
    url,
    dataDir: options.dataDir,
    databaseUrl: options.databaseUrl ?? null,
    pid: child.pid ?? 0,
    output: () => text,
    stop: async () => {
      child.kill("SIGTERM");
      return await ended(child);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended(child);
    },
  };
};

/** A data folder, and on PostgreSQL a database of its own; both are removed by `remove`. */
export interface Home {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  remove(): Promise<void>;
}

let made = 0;

/** SQLite, or a new database of the PostgreSQL that KEYROLL_TEST_DATABASE_URL names. */
export const makeHome = async (): Promise<Home> => {
  const dataDir = await mkdtemp(join(tmpdir(), "keyroll-home-"));
  const server = process.env["KEYROLL_TEST_DATABASE_URL"] ?? "";
  if (server === "")
    return { dataDir, databaseUrl: null, remove: async () => await rm(dataDir, { recursive: true, force: true }) };
  const { writeFile } = await import("node:fs/promises");
  const { randomBytes } = await import("node:crypto");
  await writeFile(join(dataDir, "master.key"), randomBytes(32).toString("base64"), { mode: 0o400 });
  made += 1;
  const name = `keyroll_test_${process.pid}_${Date.now()}_${made}`;
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    dataDir,
    databaseUrl: url.href,
    remove: async () => {
      await run(`drop database ${name} with (force)`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

interface Asking {
  readonly body?: unknown;
  readonly ifMatch?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

/** One call of the API; `what` is `METHOD /path` below /api/v1. */
export const ask = async (
  server: Pick<TestServer, "url">,
  what: string,
  { body, ifMatch, headers, token = bootstrapToken }: Asking = {},
): Promise<Reply> => {
  const [method = "GET", path = ""] = what.split(" ");
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === "" ? null : JSON.parse(text),
    etag: answer.headers.get("etag"),
    headers: answer.headers,
  };
};

/** Every item of a list, page by page; `path` is that of its GET, with or without a query. */
export const everyItem = async (server: Pick<TestServer, "url">, path: string): Promise<any[]> => {
  const items: any[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await ask(server, `GET ${path}${more}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    items.push(...body.items);
    cursor = body.next;
  } while (cursor !== null);
  return items;
};

/** Asks until `done` says yes. @throws with the last answer when the time is over. */
export const until = async <T>(what: () => Promise<T>, done: (answer: T) => boolean, seconds = 30): Promise<T> => {
  const began = Date.now();
  const end = began + seconds * 1000;
  for (;;) {
    const answer = await what();
    if (done(answer)) return answer;
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${JSON.stringify(answer).slice(0, 3000)}`);
    // Soon at first, and then in a tenth of the time that it took so far: looking costs what is waited for.
    const pause = Math.min(300, Math.max(20, (Date.now() - began) / 10));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
};

/** The operation that a 202 names, when it has ended. `base` is the path of its environment. */
export const operationEnd = async (
  server: Pick<TestServer, "url">,
  base: string,
  id: string,
  seconds = 120,
): Promise<any> => {
  const { body } = await until(
    async () => await ask(server, `GET ${base}/operations/${id}`),
    (reply) => reply.body.operation.state !== "running",
    seconds,
  );
  return body.operation;
};

/** An answer. What takes longer than a second is waited for: its result, or its problem, is the body. */
export const askToTheEnd = async (
  server: Pick<TestServer, "url">,
  what: string,
  asking: Asking = {},
): Promise<{ readonly status: number; readonly body: any }> => {
  const first = await ask(server, what, asking);
  if (first.status !== 202) return first;
  const base = /\/apps\/[^/]+\/environments\/[^/]+/u.exec(what)?.[0] ?? "";
  const { problem, result } = await operationEnd(server, base, first.body.operation.id);
  return problem === null ? { status: 200, body: result } : { status: problem.status, body: problem };
};

/** Connections to the processes of this machine, name -> secret store. @throws what the server answered otherwise. */
export const makeConnections = async (
  server: Pick<TestServer, "url">,
  stores: Readonly<Record<string, unknown>>,
): Promise<void> => {
  for (const [name, store] of Object.entries(stores)) {
    const made = await ask(server, "POST /connections", { body: { name, cluster: { kind: "process" }, store } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  }
};

/** App `shop` with an environment `dev` of type process. */
export const makeProcessEnvironment = async (server: TestServer): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
  return "/apps/shop/environments/dev";
};

/** Requests a deployment and waits for its end. */
export const deploy = async (server: TestServer, base: string, body: unknown = {}, seconds = 120): Promise<any> => {
  const requested = await ask(server, `POST ${base}/deployments`, { body });
  if (requested.status !== 201) throw new Error(`deployment refused: ${JSON.stringify(requested.body)}`);
  return await deploymentEnd(server, base, requested.body.deployment.number, seconds);
};

export const deploymentEnd = async (server: TestServer, base: string, number: number, seconds = 120): Promise<any> => {
  const { body } = await until(
    async () => await ask(server, `GET ${base}/deployments/${number}`),
    (reply) => !["queued", "active"].includes(reply.body.deployment?.state),
    seconds,
  );
  return body;
};
