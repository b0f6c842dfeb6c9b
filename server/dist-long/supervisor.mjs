// server/src/adapters/helm/supervisor.mjs
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
var [runFile = "", deadline = "0", helm = "", ...args] = process.argv.slice(2);
var grace = 2e4;
var child = spawn(helm, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
child.on("error", () => process.exit(127));
if (child.pid !== void 0) {
  const startTime = () => {
    try {
      return readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19] ?? "";
    } catch {
      return "";
    }
  };
  writeFileSync(runFile, JSON.stringify({ pid: child.pid, startTime: startTime(), deadline: Number(deadline) }), {
    mode: 384,
  });
}
var signalGroup = (signal) => {
  try {
    if (child.pid !== void 0) process.kill(-child.pid, signal);
  } catch {}
};
var ending = false;
var end = () => {
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
setTimeout(end, Math.max(0, Number(deadline) - Date.now())).unref();
var removeFolder = () => {
  try {
    const folder = process.cwd();
    if (basename(folder).startsWith("helm-")) rmSync(folder, { recursive: true, force: true });
  } catch {}
};
child.on("exit", (code, signal) => {
  rmSync(runFile, { force: true });
  removeFolder();
  process.exit(code ?? (signal === null ? 1 : 128));
});
//# sourceMappingURL=supervisor.mjs.map
