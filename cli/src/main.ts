import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write("0.1.0\n");
} else {
  const [{ run }, { nodeIo }, { commands }] = await Promise.all([
    import("./program.ts"),
    import("./node-io.ts"),
    import("./commands/index.ts"),
  ]);
  process.exitCode = await run(argv, nodeIo(dirname(fileURLToPath(import.meta.url))), commands);
}
