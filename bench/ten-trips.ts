// The pattern that G10 is held against: a client of a store whose pages have ten values, which then runs a command.
// Nothing is loaded that it does not need. KEYROLL_URL and KEYROLL_TOKEN say where; the arguments are the path of the
// environment, the number of keys, and the command.
import { spawn } from "node:child_process";

const [path = "", keys = "", command = "", ...args] = process.argv.slice(2);
const env: Record<string, string> = {};
for (let first = 0; first < Number(keys); first += 10) {
  const only = Array.from({ length: 10 }, (_, index) => `KEY_${first + index}`);
  const answer = await fetch(`${process.env["KEYROLL_URL"]}/api/v1${path}/bundle`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env["KEYROLL_TOKEN"]}`, "content-type": "application/json" },
    body: JSON.stringify({ of: "saved", only, purpose: "run" }),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  Object.assign(env, ((await answer.json()) as { values: Record<string, string> }).values);
}
spawn(command, args, { stdio: "inherit", env: { PATH: process.env["PATH"] ?? "", ...env } }).on("exit", (code) => {
  process.exitCode = code ?? 1;
});
