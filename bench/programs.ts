import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const keyroll = join(root, "cli/bin/keyroll.js");
/** The server as it is shipped: one file that Node runs. */
export const serverProgram = join(root, "server/dist/main.js");

/**
 * What a program gets to know: nothing of the shell it was started from that could change its speed or its mind, such as
 * NODE_EXTRA_CA_CERTS, which adds 76 ms to every start of a Node 20.
 */
export const plainEnv = (home: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  TZ: "UTC",
});

export interface Run {
  /** From the start of the process to the end of its output. */
  readonly ms: number;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script on this Node, with pipes for its output, and waits for its end. */
export const runNode = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> =>
  await new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ ms: performance.now() - began, code, out, err }));
  });

/** The same as a side of a round: its milliseconds. @throws when it did not do what it is measured for */
export const timed =
  (args: readonly string[], env: Readonly<Record<string, string>>, isDone: (run: Run) => boolean) =>
  async (): Promise<number> => {
    const run = await runNode(args, env);
    if (!isDone(run))
      throw new Error(`${args.join(" ")} ended with ${run.code}: ${(run.err || run.out).slice(0, 500)}`);
    return run.ms;
  };

/** Node's own start: what no command can be faster than. */
export const bareNode = (env: Readonly<Record<string, string>>): (() => Promise<number>) =>
  timed(["-e", "0"], env, ({ code }) => code === 0);

/** Calls `work` with a new folder that is gone afterwards. */
export const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "keyroll-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
