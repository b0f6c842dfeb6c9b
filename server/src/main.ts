import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { KeyrollError } from "@keyroll/contract/errors";
import { podReferences, secretNames } from "@keyroll/preflight";
import { createAdaptorServer } from "@hono/node-server";
import { pino } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { systemClock } from "./adapters/clock/system.ts";
import { createEgress } from "./adapters/egress/egress.ts";
import { createJobs as createJobsInProcess } from "./adapters/jobs/in-process.ts";
import { openMasterKey } from "./adapters/key-wrap/master-key.ts";
import type { Rates } from "./adapters/pacer/bucket.ts";
import { createPacer as createPacerInMemory } from "./adapters/pacer/memory.ts";
import { createPacer as createPacerOnPostgres } from "./adapters/pacer/postgres.ts";
import { createPasswords } from "./adapters/passwords/argon2.ts";
import { createSystemRandom } from "./adapters/random/system.ts";
import { createStores } from "./adapters/stores/index.ts";
import { createTargets } from "./adapters/targets/index.ts";
import { providerVariables, readConfig, type Config } from "./config.ts";
import { createBuckets } from "./database/buckets.ts";
import { localRows } from "./database/local-rows.ts";
import { witness } from "./database/master-key.ts";
import { openDatabase, type Database } from "./database/open.ts";
import { acceptBootstrapToken, newSetupLink } from "./features/access/authenticate.ts";
import { deployOnSave } from "./features/deployments/insert.ts";
import { startObserving } from "./features/deployments/fleet/observe.ts";
import { startWorker } from "./features/deployments/worker.ts";
import type { Host, Log } from "./features/host.ts";
import { verbs } from "./features/index.ts";
import { startPresence } from "./features/presence.ts";
import { startRecovery } from "./features/recover.ts";
import { startRetention } from "./features/secrets/retention.ts";
import { startTidying } from "./features/secrets/tidy.ts";
import { startRevertingDrift } from "./features/secrets/revert-drift.ts";
import { createApp } from "./http/app.ts";
import { networksOf } from "./ports/networks.ts";
import type { Assets } from "./http/assets.ts";

const version = "0.1.0";

/**
 * Quotas of providers that are known beforehand; the pacer learns the rest. Parameter Store's are for one account and
 * Region: 3 puts a second after some 20 at once, 40 reads and 5 deletions, shared with whatever else the account runs.
 * One put is left in hand, because calls do not arrive as evenly as they leave.
 */
const rates: Rates = {
  "aws-ssm:put:": { perSecond: 3, burst: 19 },
  "aws-ssm:get:": { perSecond: 20, burst: 20 },
  "aws-ssm:history:": { perSecond: 5, burst: 10 },
  "aws-ssm:delete:": { perSecond: 4, burst: 4 },
};

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** The built console, beside this program; null before `npm run build`. */
const readConsole = async (): Promise<Assets | null> => {
  const candidates = ["../console", "../../console/dist"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const folder = candidates.find((path) => existsSync(join(path, "index.html")));
  if (folder === undefined) return null;
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const content = new Uint8Array(await readFile(path));
        return [
          `/${relative(folder, path)}`,
          { type: types[extname(path)] ?? "application/octet-stream", content },
        ] as const;
      }),
    ),
  );
};

const logTo = (level: string): Log => {
  const out = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (facts, message) => out.info(facts, message),
    warn: (facts, message) => out.warn(facts, message),
    error: (facts, message) => out.error(facts, message),
  };
};

/** One server wakes itself; several on one PostgreSQL wake each other (pg-boss is loaded only there). */
const createJobs = async (database: Database, log: Log): Promise<Host["jobs"]> => {
  const onError = (queue: string, error: unknown): void =>
    log.error({ queue, error: error instanceof Error ? error.name : "?" }, "a job failed");
  if (database.dialect === "sqlite")
    return createJobsInProcess({ clock: systemClock, afterCommit: database.afterCommit, onError });
  const pgBoss = await import("./adapters/jobs/pg-boss.ts");
  return pgBoss.createJobs({
    url: database.url,
    clock: systemClock,
    onError,
    onWarning: (message) => log.warn({}, message),
  });
};

/** A running server. */
interface Running {
  readonly url: string;
  readonly setupLink: string | null;
  stop(): Promise<void>;
}

/** Configuration in, running server out. */
const start = async (config: Config): Promise<Running> => {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const log = logTo(config.logLevel);
  const database = await openDatabase(config.databaseUrl ?? join(config.dataDir, "keyroll.db"));
  const clock = systemClock;
  const random = createSystemRandom(clock);
  const keys = await openMasterKey({
    file: config.masterKeyFile ?? join(config.dataDir, "master.key"),
    // With PostgreSQL several servers share the data: each making its own key would split it.
    mayCreate: config.databaseUrl === null && config.masterKeyFile === null,
    witness: witness(database.db),
    random,
  });
  if (keys.problem !== null) log.warn({}, `values can be neither read nor written: ${keys.problem}`);
  const listensOnLoopback = isLoopback(config.listen.host);
  const egress = createEgress({ listensOnLoopback, allow: config.egressAllow });
  const jobs = await createJobs(database, log);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const drivers = await createTargets({
    clock,
    random,
    egress,
    keys,
    workDir: join(config.dataDir, "work"),
    helm: config.helm,
    path: config.path,
    inCluster: config.inCluster,
    etcd: config.etcd,
    variables: config.providerVariables,
    usesOf: (secretName) => (pod) => podReferences(pod, { secretName }),
    secretNamesOf: secretNames,
  });

  const listening = createAdaptorServer({ fetch: (request, env) => app.fetch(request, env) });
  await new Promise<void>((resolve, reject) => {
    listening.once("error", reject);
    listening.listen(config.listen.port, config.listen.host, resolve);
  });
  const { port } = listening.address() as AddressInfo;
  const local = `http://${config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host}:${port}`;
  const host: Host = {
    db: database.db,
    dialect: database.dialect,
    clock,
    random,
    egress,
    keys,
    pacer:
      database.dialect === "sqlite"
        ? createPacerInMemory({ clock, random, rates })
        : createPacerOnPostgres({ clock, random, rates, buckets: createBuckets(database.db) }),
    variables: config.providerVariables,
    localRows: (environmentId) => localRows(database.db, environmentId),
    passwords: createPasswords(random),
    jobs,
    changes: database.changes,
    charts: drivers.charts,
    clusters: drivers.clusters,
    fleet: drivers.fleet,
    stores: createStores(),
    targets: drivers.targets,
    requestDeployment: async (tx, request) => await deployOnSave(() => host)(tx, request),
    instance: randomUUID(),
    working: new Set(),
    version,
    publicUrl: config.publicUrl ?? local,
    log,
  };
  const app = createApp({
    host,
    verbs,
    console: await readConsole(),
    proxies: networksOf(config.trustedProxies),
    metrics: async () => await registry.metrics(),
  });
  if (config.bootstrapToken !== null) await acceptBootstrapToken(host, config.bootstrapToken);
  // The file has one server: whoever held a lease before is dead. The fences stay: stores remember the highest.
  if (database.dialect === "sqlite")
    await database.db.updateTable("leases").set({ holder: "", expires_at: 0 }).execute();
  const presence = await startPresence(host);
  startRecovery(host);
  startWorker(host);
  startObserving(host);
  startRetention(host);
  startTidying(host);
  startRevertingDrift(host);
  await jobs.start();
  return {
    url: host.publicUrl,
    setupLink: await newSetupLink(host),
    stop: async () => {
      listening.close();
      if ("closeAllConnections" in listening) listening.closeAllConnections();
      await jobs.stop();
      await presence.end();
      await drivers.close();
      await database.close();
    },
  };
};

const main = async (): Promise<void> => {
  const config = readConfig(process.env);
  // Children have no business with these. (/proc goes on showing this process's own user what it was started with.)
  for (const name of ["KEYROLL_BOOTSTRAP_TOKEN", "KEYROLL_DATABASE_URL", ...providerVariables])
    Reflect.deleteProperty(process.env, name);
  const server = await start(config);
  process.stdout.write(`Keyroll is at ${server.url}\n`);
  if (server.setupLink !== null)
    process.stdout.write(
      `Set up the first Administrator (this link works once, for an hour):\n  ${server.setupLink}\n`,
    );
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void server.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
};

try {
  await main();
} catch (error) {
  const known = error instanceof KeyrollError;
  process.stderr.write(
    known
      ? `${error.message}\n${error.next}\n`
      : `Keyroll could not start: ${error instanceof Error ? error.message : "unknown error"}\n`,
  );
  process.exit(known ? error.exit : 1);
}
