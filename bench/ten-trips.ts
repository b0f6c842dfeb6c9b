// The pattern that G10 is held against: a client of a store whose pages have ten values, which then runs a command.
// Nothing is loaded that it does not need. The arguments are the address of the store, the number of pages, and the command.
import { spawn } from "node:child_process";

const [address = "", pages = "", command = "", ...args] = process.argv.slice(2);
const env: Record<string, string> = {};
for (let page = 0; page < Number(pages); page++) {
  const answer = await fetch(`${address}/${page}`);
  if (!answer.ok) throw new Error(`page ${page} was answered with ${answer.status}`);
  Object.assign(env, await answer.json());
}
spawn(command, args, { stdio: "inherit", env: { PATH: process.env["PATH"] ?? "", ...env } }).on("exit", (code) => {
  process.exitCode = code ?? 1;
});
