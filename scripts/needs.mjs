import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";

/**
 * What a stage can need from the machine. A need is looked at (`missing`), made ready while other stages run
 * (`prepare`) and started (`start`), which gives the stage its environment. `stop` ends only what `start` started.
 *
 * @typedef {object} Need
 * @property {() => string | null} missing the reason why this machine cannot serve the need as it is
 * @property {() => Promise<void>} [install] removes that reason; only when the run is allowed to install
 * @property {(log: string) => Promise<void>} [prepare] slow work that other stages need not wait for
 * @property {() => Promise<NodeJS.ProcessEnv>} start
 * @property {() => Promise<void>} [stop]
 */

const testbed = join(root, "testbed/testbed");
const emulators = join(root, "testbed/emulators");

/** @param {readonly string[]} names */
function findProgram(...names) {
  for (const name of names) {
    for (const folder of (process.env["PATH"] ?? "").split(":")) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/**
 * What a script of the testbed answers on standard output, and whether it says that all is well.
 *
 * @param {string} program
 * @param {string} command
 * @param {NodeJS.ProcessEnv} [env] adds to the environment
 */
function ask(program, command, env = {}) {
  const { status, stdout } = spawnSync(program, [command], { encoding: "utf8", env: { ...process.env, ...env } });
  return { ok: status === 0, text: stdout.trim() };
}

/**
 * The variables that `eval "$(<program> env)"` would set.
 *
 * @param {string} program
 * @param {NodeJS.ProcessEnv} [env] adds to the environment
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOf(program, env = {}) {
  const script = `eval "$("$1" env)" && env -0`;
  const { stdout } = spawnSync("bash", ["-c", script, "bash", program], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return Object.fromEntries(
    stdout
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/**
 * @param {readonly string[]} command
 * @param {{ env?: NodeJS.ProcessEnv, log?: string }} [options]
 * @throws with the command and, when there is a log, its end
 */
async function must(command, options) {
  if (await run(command, options)) return;
  const tail = options?.log ? `\n${readFileSync(options.log, "utf8").split("\n").slice(-30).join("\n")}` : "";
  throw new Error(`\`${command.join(" ")}\` failed${tail}`);
}

/** @type {Need} */
const build = {
  missing: () => null,
  async start() {
    await must([process.execPath, "scripts/build.mjs"]);
    // The server as it ships starts in half the time of its sources.
    return { KEYROLL_TEST_SERVER: join(root, "server/dist/main.js") };
  },
};

/** Where Debian keeps each version of the server; only its client tools are on the PATH. */
const debianPostgres = "/usr/lib/postgresql";

const browsers = ["chromium", "chromium-browser", "google-chrome"];

/** @type {Need} */
const chromium = {
  missing: () => (findProgram(...browsers) ? null : "no Chromium on the PATH (Debian package `chromium`)"),
  async install() {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await must(["apt-get", "update", "-qq"], { env });
    await must(["apt-get", "install", "-yqq", "--no-install-recommends", "chromium"], { env });
  },
  async start() {
    return { KEYROLL_CHROMIUM: findProgram(...browsers) ?? "" };
  },
};

/** @type {Need & { started: boolean }} */
const postgres = {
  started: false,
  missing() {
    const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres) : [];
    const hasServer = versions.some((version) => existsSync(join(debianPostgres, version, "bin/postgres")));
    return hasServer ? null : `no PostgreSQL server below ${debianPostgres} (Debian package \`postgresql\`)`;
  },
  install: () => must([emulators, "install", "postgres"]),
  async start() {
    this.started = !/^postgres +up/m.test(ask(emulators, "status").text);
    await must([emulators, "up", "postgres"]);
    return { KEYROLL_TEST_DATABASE_URL: environmentOf(emulators)["KEYROLL_PG_URL"] };
  },
  async stop() {
    if (this.started) await must([emulators, "down", "postgres"]);
  },
};

/** @type {Need & { started: boolean }} */
const aws = {
  started: false,
  missing() {
    const { status } = spawnSync("python3", ["-c", "import ensurepip, venv"]);
    return status === 0 ? null : "no Python 3 that can make environments (Debian package `python3-venv`)";
  },
  async install() {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await must(["apt-get", "update", "-qq"], { env });
    await must(["apt-get", "install", "-yqq", "--no-install-recommends", "python3-venv"], { env });
  },
  prepare: (log) => must([emulators, "install", "aws"], { log }),
  async start() {
    this.started = !/^moto +up/m.test(ask(emulators, "status").text);
    await must([emulators, "up", "aws"]);
    const all = environmentOf(emulators);
    const names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "KEYROLL_AWS_ENDPOINT"];
    return Object.fromEntries(names.map((name) => [name, all[name]]));
  },
  async stop() {
    if (this.started) await must([emulators, "down", "aws"]);
  },
};

const baoServers = ["bao", "bao-raft"];

/** @type {Need & { started: readonly string[] }} */
const bao = {
  started: [],
  missing() {
    const { status } = spawnSync("python3", ["-m", "pip", "--version"]);
    return status === 0 ? null : "no pip, which brings OpenBao (Debian package `python3-pip`)";
  },
  async install() {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await must(["apt-get", "update", "-qq"], { env });
    await must(["apt-get", "install", "-yqq", "--no-install-recommends", "python3-pip"], { env });
  },
  prepare: (log) => must([emulators, "install", "bao"], { log }),
  async start() {
    const { text } = ask(emulators, "status");
    this.started = baoServers.filter((name) => !new RegExp(`^${name} +up`, "m").test(text));
    await must([emulators, "up", ...baoServers]);
    const all = environmentOf(emulators);
    const names = ["KEYROLL_BAO_ADDR", "KEYROLL_BAO_RAFT_ADDR", "KEYROLL_BAO_TOKEN"];
    return Object.fromEntries(names.map((name) => [name, all[name]]));
  },
  async stop() {
    if (this.started.length > 0) await must([emulators, "down", ...this.started]);
  },
};

/**
 * @param {NodeJS.ProcessEnv} env which cluster
 * @param {readonly string[]} options of `up`
 * @returns {Need & { started: boolean }}
 */
const clusterOf = (env, ...options) => ({
  started: false,
  missing() {
    const { ok, text } = ask(testbed, "missing");
    return ok ? null : text.split("\n").join("; ");
  },
  install: () => must([testbed, "install"]),
  prepare: (log) => must([testbed, "build"], { log }),
  async start() {
    this.started = ask(testbed, "status", env).text === "down";
    await must([testbed, "up", ...options], { env });
    return environmentOf(testbed, env);
  },
  async stop() {
    if (this.started) await must([testbed, "down"], { env });
  },
});

const cluster = clusterOf({});
const kwok = clusterOf({ KEYROLL_TESTBED_NAME: "kwok", KEYROLL_TESTBED_PORT: "16444" }, "--kwok", "10");

export const needs = { build, chromium, postgres, aws, bao, cluster, kwok };
