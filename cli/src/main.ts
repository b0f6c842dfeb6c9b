import { writeNow } from "./write-now.ts";

/** What `keyroll --help` says, put in by the build; the sources, run as they are, ask commander. */
declare const builtHelp: string | undefined;

const argv = process.argv.slice(2);
const [only = "--help"] = argv.length > 1 ? [""] : argv;

// The two answers that need nothing else: what is loaded below takes half as long as Node's own start.
if (only === "--version" || only === "-V") {
  writeNow("stdout", "0.1.0\n");
} else if ((only === "--help" || only === "-h" || only === "help") && typeof builtHelp === "string") {
  writeNow("stdout", builtHelp);
} else {
  const [{ run }, { nodeIo }, { commands }] = await Promise.all([
    import("./program.ts"),
    import("./node-io.ts"),
    import("./commands/index.ts"),
  ]);
  process.exitCode = await run(argv, nodeIo(import.meta.dirname), commands);
}
