import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Counts what a process asks the disk to make durable while `work` runs; or says in a sentence why it cannot. */
export const countSyncs = async (
  pid: number,
  folder: string,
  work: () => Promise<unknown>,
): Promise<number | string> => {
  const file = join(folder, "strace");
  const calls = ["-f", "-c", "-e", "trace=fsync,fdatasync", "-o", file, "-p", String(pid)];
  const strace = spawn("strace", calls, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => strace.once("close", () => resolve()));
  const attached = await new Promise<boolean>((resolve) => {
    strace.once("error", () => resolve(false));
    strace.once("exit", () => resolve(false));
    strace.stderr.on("data", (text: Buffer) => {
      if (text.includes("attached")) resolve(true);
    });
  });
  if (!attached) return "fsync was not counted: strace is not installed here, or may not attach to a process.";
  await work();
  strace.kill("SIGINT");
  await ended;
  // % time, seconds, usecs/call, calls, perhaps errors, name
  const rows = (await readFile(file, "utf8")).split("\n").map((line) => line.trim().split(/\s+/u));
  return rows
    .filter((row) => ["fsync", "fdatasync"].includes(row.at(-1) ?? ""))
    .reduce((sum, row) => sum + Number(row[3]), 0);
};
