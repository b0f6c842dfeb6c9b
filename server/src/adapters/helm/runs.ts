import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";

interface RunFile {
  readonly pid: number;
  readonly startTime: string;
  readonly deadline: number;
}

const grace = 20_000;
const every = 100;

const parse = (text: string): RunFile | null => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const [pid, startTime, deadline] = ["pid", "startTime", "deadline"].map(
      (name) => Reflect.get(value, name) as unknown,
    );
    return typeof pid === "number" && pid > 1 && typeof startTime === "string" && typeof deadline === "number"
      ? { pid, startTime, deadline }
      : null;
  } catch {
    return null;
  }
};

/** Whether exactly this process is alive: a number that was given to another process has another start time. */
const isAlive = async ({ pid, startTime }: RunFile): Promise<boolean> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    const fields = stat.split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] !== "Z" && fields[19] === startTime;
  } catch {
    return false;
  }
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended already.
  }
};

/**
 * Ends what a dead server left running under `prefix`, and resolves when it is provably gone. Answers how many
 * there were.
 */
export const endOrphans = async (folder: string, prefix: string, clock: Clock): Promise<number> => {
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name.startsWith(prefix) && name.endsWith(".run"),
  );
  let ended = 0;
  for (const name of names) {
    const path = join(folder, name);
    const run = parse(await readFile(path, "utf8").catch(() => ""));
    if (run !== null && (await isAlive(run))) {
      ended++;
      signal(run.pid, "SIGTERM");
      const until = clock.now() + grace;
      while (await isAlive(run)) {
        if (clock.now() >= until) signal(run.pid, "SIGKILL");
        await clock.sleep(every);
      }
    }
    await rm(path, { force: true });
  }
  return ended;
};
