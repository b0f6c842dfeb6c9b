import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

const outside = [...configDefaults.exclude, "**/dist/**", "testbed/**", ".tsbuild/**"];
const databaseTests = "**/*.db.test.ts";
/** What a file cannot do: go away, drop connections. */
const postgresTests = "**/*.postgres.test.ts";
const clusterTests = "**/*.cluster.test.ts";
const conformanceTests = ["conformance/**/*.test.ts", "**/*.conformance.test.ts"];

/** Where everything is required the machine may be new and slow, and nobody waits in front of it: a worker a core. */
const isPatient = process.env["KEYROLL_REQUIRE"] === "all";

/** Given by the run that starts the service; the projects that need it exist only then. */
const databaseUrl = process.env["KEYROLL_TEST_DATABASE_URL"];
const kubeconfig = process.env["KUBECONFIG"];

/**
 * For tests that leave their process as they found it: a worker then goes from file to file, and loads what they
 * share once.
 */
const together = { isolate: false } as const;

/** What one function or one folder promises, without a server: `npm run check` waits for it. */
const unit = {
  name: "unit",
  ...together,
  include: ["**/*.test.ts", "**/*.test.tsx"],
  exclude: [...outside, databaseTests, postgresTests, clusterTests, ...conformanceTests, "e2e/**"],
  testTimeout: 30_000,
  hookTimeout: 30_000,
};

/** Servers and their databases; the same tests as in `postgres`. */
const sqlite = {
  name: "sqlite",
  ...together,
  include: [databaseTests],
  exclude: outside,
  // SQLite, whatever the environment offers.
  env: { KEYROLL_TEST_DATABASE_URL: "" },
  testTimeout: 120_000,
  hookTimeout: 60_000,
};

const conformance = {
  name: "conformance",
  include: conformanceTests,
  exclude: [...outside, clusterTests],
  sequence: { groupOrder: 1 },
  // Most of it waits for a pace that a provider sets, or for what a time-out ends.
  maxWorkers: availableParallelism() * (isPatient ? 1 : 2),
  // The embedded store is on SQLite here, and once more in `postgres`.
  env: { KEYROLL_TEST_DATABASE_URL: "" },
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** The same tests as in `sqlite`, the embedded store, and what only PostgreSQL does: each has a database of its own. */
const postgres = {
  name: "postgres",
  ...together,
  include: [databaseTests, postgresTests, "server/**/local.conformance.test.ts"],
  exclude: outside,
  testTimeout: 120_000,
  hookTimeout: 60_000,
};

const transcripts = {
  name: "transcripts",
  ...together,
  include: ["e2e/transcripts/**/*.test.ts"],
  exclude: outside,
  // Twenty commands one after the other, and five transcripts beside each other.
  testTimeout: 180_000,
  hookTimeout: 60_000,
};

const browser = {
  name: "browser",
  ...together,
  include: ["e2e/browser/**/*.test.ts"],
  exclude: outside,
  sequence: { groupOrder: 2 },
  // A browser takes a core.
  maxWorkers: availableParallelism(),
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

const onTheCluster = {
  // SQLite but for the one test that asks for the other.
  env: { KEYROLL_TEST_DATABASE_URL: "", KEYROLL_CLUSTER_DATABASE_URL: databaseUrl ?? "" },
  globalSetup: ["./e2e/harness/only-the-testbed.ts"],
  testTimeout: 180_000,
  hookTimeout: 120_000,
};

/** Each test has namespaces of its own; most of its time it waits for pods. */
const cluster = {
  name: "cluster",
  include: [clusterTests, "e2e/cluster/**/*.test.ts"],
  exclude: outside,
  ...onTheCluster,
  sequence: { groupOrder: 3 },
  maxWorkers: isPatient ? 1 : 2,
};

/** What stops parts of the cluster: nothing else runs there meanwhile. */
const outage = {
  name: "outage",
  include: ["e2e/outage/**/*.test.ts"],
  exclude: outside,
  ...onTheCluster,
  sequence: { groupOrder: 4 },
  fileParallelism: false,
};

/** Many environments, on a cluster whose nodes are kwok's: its pods run at once, and read nothing. */
const fleet = {
  name: "fleet",
  include: ["e2e/fleet/**/*.test.ts"],
  exclude: outside,
  ...onTheCluster,
  sequence: { groupOrder: 5 },
};

/** All of them; `npm test` runs a stage for each (scripts/stages.mjs). */
export const testProjects = [unit, sqlite, conformance, postgres, transcripts, browser, cluster, outage, fleet];

const available = testProjects
  .filter((project) => project !== postgres || databaseUrl)
  .filter(({ name }) => ![cluster.name, outage.name, fleet.name].includes(name) || kubeconfig);

/** What is waited for comes soon, but on a busy machine not within vitest's one second. */
const patience = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    // Most tests wait for a server of their own.
    maxWorkers: availableParallelism() * (isPatient ? 1 : 2),
    // Named here, because vitest otherwise picks one by guessing at its surroundings.
    reporters: ["default"],
    projects: available.map((test) => ({ test: { expect: patience, ...test } })),
  },
});
