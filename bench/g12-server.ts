import { execFile, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ask, startServer } from "../e2e/harness/server.ts";
import { native } from "../scripts/build.mjs";
import { times, withUnit, type Measure } from "./measure.ts";
import { bareNode, inFolder, plainEnv, root, serverProgram } from "./programs.ts";
import { alternate, ratios, spread } from "./rounds.ts";

const execute = promisify(execFile);
const mega = 1e6;

const freePort = async (): Promise<number> =>
  await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Milliseconds from the start of the process to its first 200, which says that its database answers. */
const coldStart = async (dataDir: string): Promise<number> => {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [serverProgram], {
    stdio: "ignore",
    env: { ...plainEnv(dataDir), KEYROLL_LISTEN: `127.0.0.1:${port}`, KEYROLL_DATA_DIR: dataDir },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      if (answer?.status === 200) return performance.now() - began;
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
};

const memoryOf = async (pid: number): Promise<number> =>
  Number((await execute("ps", ["-o", "rss=", "-p", String(pid)])).stdout) * 1024;

/** Bytes of RSS of a Node that does nothing. */
const bareMemory = async (): Promise<number> => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6); console.log()"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const memory = await memoryOf(child.pid ?? 0);
  child.kill();
  return memory;
};

/** Bytes of RSS, five seconds after the first requests. */
const idleMemory = async (): Promise<number> =>
  await inFolder(async (dataDir) => {
    const server = await startServer({ dataDir, program: serverProgram });
    await ask(server, "GET /apps");
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const memory = await memoryOf(server.pid);
    await server.stop();
    return memory;
  });

/** Bytes of the files in a folder, without packages inside of it and without the tables that map code to its sources. */
const contentOf = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== "compile-cache" && !name.endsWith(".map"))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? contentOf(path) : statSync(path).size;
    })
    .reduce((sum, size) => sum + size, 0);

/** How long the server takes to come up, and how large it is. */
export const g12: Measure = {
  id: "G12",
  title: "Server",
  floor: "`node -e 0` of the same Node",
  run: async (rounds) =>
    await inFolder(async (folder) => {
      const ms = await alternate(rounds, {
        node: bareNode(plainEnv(folder)),
        first: async () => await inFolder(coldStart),
        again: async () => await coldStart(folder),
      });
      const figures = [
        { what: "cold start to the first 200, new data folder", ms: ms.first },
        { what: "cold start to the first 200, existing data folder", ms: ms.again },
      ].map((start) => ({
        what: start.what,
        figure: `${withUnit(spread(start.ms), "ms")}, ${times(spread(ratios(start.ms, ms.node)))}`,
        against: `node ${withUnit(spread(ms.node), "ms")}`,
        goal: "<= 400 ms",
        met: spread(start.ms).median <= 400,
      }));
      const memory = await idleMemory();
      const sum = (paths: readonly string[]): number =>
        paths.reduce((total, path) => total + contentOf(join(root, path)), 0);
      const own = sum(["server/dist", "console/dist", "cli/dist", "cli/bin"]);
      const packages = sum(native.needed.map((name) => `node_modules/${name}`));
      return {
        figures: [
          ...figures,
          {
            what: "RSS when idle",
            figure: `${(memory / mega).toFixed(0)} MB`,
            against: `Node that does nothing ${((await bareMemory()) / mega).toFixed(0)} MB`,
            goal: "<= 120 MB",
            met: memory <= 120 * mega,
          },
          {
            what: "content of an image without Node",
            figure: `${((own + packages) / mega).toFixed(1)} MB`,
            against: `own ${(own / mega).toFixed(1)} MB, packages ${(packages / mega).toFixed(1)} MB`,
            goal: "<= 80 MB",
            met: own + packages <= 80 * mega,
          },
        ],
        notes: [
          `Beside its own bundle the server needs ${native.needed.join(", ")} alone, which is counted with all of its sources.`,
        ],
      };
    }),
};
