// npm run build [-- --force]: bundles what changed since the last build. Everything lands in <part>/dist.
import "./node.mjs";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.mjs";
import { buildIfStale } from "./stale.mjs";

const tools = ["scripts", "package-lock.json", "tsconfig.base.json"];
const libraries = ["contract", "pairs", "preflight"];

const parts = [
  { name: "server", output: "server/dist", inputs: ["server", ...libraries, ...tools], build: buildServer },
  { name: "cli", output: "cli/dist", inputs: ["cli", "sdk", ...libraries, ...tools], build: buildCli },
  { name: "console", output: "console/dist", inputs: ["console", "sdk", ...libraries, ...tools], build: buildConsole },
];

/**
 * What commander takes from Node, without the import: a builtin that an ES module imports runs every getter it has, and
 * so loads streams, workers and the network. `child_process` and `fs` are for commands that are programs of their own,
 * which Keyroll does not have. Together they would cost each command 15 ms.
 */
const nodeForCommander = new Map([
  ["node:child_process", "export default {}"],
  ["node:fs", "export default {}"],
  ["node:process", "export default process"],
  ["node:util", "export const stripVTControlCharacters = (text) => text"],
]);

const commanderWithoutImports = {
  name: "commander-without-imports",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      nodeForCommander.has(path) && importer.includes("/node_modules/commander/")
        ? { path, namespace: "commander" }
        : null,
    );
    build.onLoad({ filter: /^node:/, namespace: "commander" }, ({ path }) => ({
      contents: nodeForCommander.get(path) ?? "",
    }));
  },
};

/** What yaml offers to Node is CommonJS that calls `require`, which a bundled ES module does not have. */
const yamlAsModule = { yaml: join(root, "node_modules/yaml/browser/index.js") };

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node26",
  sourcemap: "linked",
  logLevel: "warning",
};

/** Little room for what lives short (decision 20): Node and the C library take both at their start only. */
export const littleRoom = {
  size: "--max-semi-space-size=4",
  env: { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072" },
};

/** Started in its place, with little room unless somebody has said how much. What was compiled once is kept beside it. */
const serverStart = `import module from "node:module";
const { execve, execPath, execArgv, argv, env } = process;
if (execve && ![env.NODE_OPTIONS, ...execArgv].some((given) => given?.includes("--max-semi-space-size")))
  execve(execPath, [execPath, "${littleRoom.size}", ...execArgv, ...argv.slice(1)], { ...${JSON.stringify(littleRoom.env)}, ...env });
module.enableCompileCache(\`\${import.meta.dirname}/compile-cache\`);
await import("./server.js");
`;

/** What cannot be in a bundle: a program of the machine's own kind, and one that is asked for and never there. */
export const native = { needed: ["better-sqlite3"], neverThere: ["pg-native"] };

/** What packages in CommonJS ask of Node; an ES module has no `require`. */
const requireOfNode = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`;

/**
 * The server with the packages that it uses (decision 21), and beside it the programs that it starts by file name. In chunks:
 * without them what is imported later (PostgreSQL, pg-boss, the AWS SDK) would be loaded at every start. They lie beside the
 * entry, since code asks for its neighbours.
 */
async function buildServer() {
  const { build } = await import("esbuild");
  rmSync(join(root, "server/dist"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: { server: "server/src/main.ts" },
    outdir: "server/dist",
    splitting: true,
    chunkNames: "[name]-[hash]",
    external: [...native.needed, ...native.neverThere],
    // What a package in CommonJS exports has no names once it is in a chunk.
    mainFields: ["module", "main"],
    banner: { js: requireOfNode },
    alias: yamlAsModule,
  });
  writeFileSync(join(root, "server/dist/main.js"), serverStart);
  await build({
    ...common,
    entryPoints: ["server/src/adapters/helm/supervisor.mjs", "server/src/adapters/helm/post-render.ts"],
    outdir: "server/dist",
    outExtension: { ".js": ".mjs" },
    alias: yamlAsModule,
  });
}

/** What `keyroll --help` says: it is the same for everyone, so the build asks once. */
async function renderHelp() {
  const [{ run }, { commands }] = await Promise.all([
    import("../cli/src/program.ts"),
    import("../cli/src/commands/index.ts"),
  ]);
  let text = "";
  /** @type {any} */
  const io = { out: (/** @type {string} */ more) => (text += more) };
  await run(["--help"], io, commands);
  return text;
}

/** One small entry and a chunk per command, so that a command loads only what it uses. */
async function buildCli() {
  const { build } = await import("esbuild");
  rmSync(join(root, "cli/dist"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: ["cli/src/main.ts"],
    outdir: "cli/dist",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    minifySyntax: true,
    define: { builtHelp: JSON.stringify(await renderHelp()) },
    plugins: [commanderWithoutImports],
    alias: yamlAsModule,
  });
}

async function buildConsole() {
  const { build } = await import("vite");
  await build({ root: join(root, "console"), logLevel: "warn" });
}

/** What clients know of the routes without zod, written anew when the route table says otherwise. */
export async function generate() {
  const { pathsSource } = await import("../contract/src/generate.ts");
  const file = join(root, "contract/src/paths.ts");
  const source = pathsSource();
  if (readFileSync(file, "utf8") !== source) writeFileSync(file, source);
}

/**
 * Builds the parts whose sources are newer than their last build.
 *
 * @param {{ force?: boolean }} [options]
 * @throws when a part does not build; the message names the place in the source
 */
export async function build({ force = false } = {}) {
  await generate();
  for (const part of parts) {
    if (force) rmSync(join(root, part.output), { recursive: true, force: true });
    const began = performance.now();
    if (await buildIfStale(part, part.build)) {
      process.stderr.write(`built ${part.output} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    await build({ force: process.argv.includes("--force") });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
