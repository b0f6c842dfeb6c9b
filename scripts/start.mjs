// npm start: builds what is stale, then becomes the server, which so gets every signal itself.
import "./node.mjs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.mjs";

const { status } = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
if (!process.execve) throw new Error("npm start needs a system where a process can become another one (not Windows)");
process.execve(process.execPath, [process.execPath, join(root, "server/dist/main.js"), ...process.argv.slice(2)]);
