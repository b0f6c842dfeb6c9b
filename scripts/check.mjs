import { spawnSync } from "node:child_process";

const { status } = spawnSync("tsc", ["-b", "contract/src", "server/src/ports"], { stdio: "inherit" });
process.exit(status ?? 1);
