// Started as: node supervisor.mjs RUN_FILE DEADLINE_MS HELM ARG... with a pipe as standard input.
// Helm must not outlive the server that started it: when the pipe closes (the server stops, is killed, or dies),
// Helm's process group gets SIGTERM, and SIGKILL 20 s later. RUN_FILE says which process it is, so that a later
// server can tell whether it is gone. The folder that it is started in goes with Helm. Exits with Helm's code; 127: there is
// no such program; 124, as timeout(1) does: it was ended because its time was over.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const [runFile = "", deadline = "0", helm = "", ...args] = process.argv.slice(2);
const grace = 20_000;

const child = spawn(helm, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
child.on("error", () => process.exit(127));

if (child.pid !== undefined) {
  const startTime = () => {
    try {
      // Field 22 of /proc/PID/stat, counted behind the command's closing bracket (proc_pid_stat(5)).
      return readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19] ?? "";
    } catch {
      return "";
    }
  };
  writeFileSync(runFile, JSON.stringify({ pid: child.pid, startTime: startTime(), deadline: Number(deadline) }), {
    mode: 0o600,
  });
}

/** @param {NodeJS.Signals} signal */
const signalGroup = (signal) => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
};

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), grace).unref();
};

process.stdin.on("end", end);
process.stdin.on("close", end);
process.stdin.on("error", end);
process.stdin.resume();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, end);
let isLate = false;
const late = () => {
  // Whoever closed the pipe before knows why it ends.
  isLate = !ending;
  end();
};
setTimeout(late, Math.max(0, Number(deadline) - Date.now())).unref();

/** The call's own folder holds credentials, and a server that has died does not remove it any more. */
const removeFolder = () => {
  try {
    const folder = process.cwd();
    if (basename(folder).startsWith("helm-")) rmSync(folder, { recursive: true, force: true });
  } catch {
    // How Helm ended is what counts; a living server tries again.
  }
};

child.on("exit", (code, signal) => {
  rmSync(runFile, { force: true });
  removeFolder();
  process.exit(isLate && code !== 0 ? 124 : (code ?? (signal === null ? 1 : 128)));
});
