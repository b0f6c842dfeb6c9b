#!/bin/sh
":" //; exec node -- "$0" "$@"
// Committed, because npm links a workspace's `bin` at install time, before anything is built. Whatever Node the
// machine has runs it, so it uses nothing newer than Node 20; and every import here delays every command.
// To the shell the second line is all there is: without that `--` Node itself reads an `--env-file` that stands behind
// the script's name, and `env -S`, which could say it in the first line, is not in every `env` (BusyBox).
import module from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 7)) {
  const { runOnCarriedNode } = await import("./carried-node.js");
  await runOnCarriedNode([import.meta.filename, ...process.argv.slice(2)]);
} else {
  // Compiled code stays beside the bundle: the default folder, the machine's temporary one, is open to other users.
  module.enableCompileCache(`${import.meta.dirname}/../dist/compile-cache`);
  const bundle = new URL("../dist/main.js", import.meta.url).href;
  try {
    await import(bundle);
  } catch (error) {
    const isMissing = error instanceof Error && "url" in error && error.url === bundle;
    if (!isMissing) throw error;
    process.stderr.write("keyroll: the command is not built in this checkout; run `npm run build` first\n");
    process.exitCode = 1;
  }
}
