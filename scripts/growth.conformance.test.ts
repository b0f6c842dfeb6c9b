import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./paths.mjs";

/** What ARCHITECTURE.md promises of growing, tried in a copy: one of each thing is added, counted and run. */

const execute = promisify(execFile);
const own = new Set(["node_modules", "dist", ".git", "coverage", "test-results"]);

let copy = "";

const inCopy = (path: string): string => join(copy, path);

const run = async (...command: readonly string[]): Promise<string> => {
  const [program = "", ...args] = command;
  // The copy's own server, not the one that was built before.
  const env = { ...process.env, KEYROLL_TEST_SERVER: undefined };
  const { stdout } = await execute(program, args, { cwd: copy, env, maxBuffer: 32 * 1024 * 1024 });
  return stdout;
};

const git = async (...args: readonly string[]): Promise<string> =>
  await run("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false", ...args);

/** The type checker's words; empty when it is content. */
const types = async (...projects: readonly string[]): Promise<string> => {
  try {
    return await run(process.execPath, inCopy("node_modules/typescript/bin/tsc"), "-b", ...projects);
  } catch (error) {
    return String(Reflect.get(error as object, "stdout"));
  }
};

/** Under the same relative paths, so that the type checker takes up what it knows of them (`.tsbuild`). */
const bringPackages = async (): Promise<void> => {
  const from = join(root, "node_modules");
  await run("cp", "-al", from, copy).catch(async () => await run("cp", "-af", from, copy));
};

const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(inCopy(path)), { recursive: true });
    await writeFile(inCopy(path), text);
  }
};

const edit = async (path: string, change: (text: string) => string): Promise<void> => {
  const text = await readFile(inCopy(path), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`${path} was not changed: its form is another than this test knows`);
  await writeFile(inCopy(path), changed);
};

/** After the last import. */
const withImport = (text: string, line: string): string => text.replace(/\n\n(?!import)/u, `\n${line}\n\n`);

const store = {
  "server/src/adapters/stores/dummy.ts": `import { z } from "zod";
import type { StoreKind } from "../../ports/secret-store.ts";
import { documentStore, type DocumentDriver } from "./document-store.ts";
import type { Stored } from "./document.ts";

const documents = new Map<string, (Stored | null)[]>();

/** Values in the memory of this process. */
export const memory = (id: string): DocumentDriver => {
  const versions = documents.get(id) ?? [];
  documents.set(id, versions);
  return {
    place: "memory",
    documentBytes: 8_000_000,
    repair: "Save again.",
    load: async (at) => {
      const revision = at ?? versions.length;
      const document = versions[revision - 1];
      return document === undefined || document === null ? null : { revision, document };
    },
    store: async (document, expect) => {
      if (versions.length === expect) versions.push(document);
      return versions.at(-1) === document;
    },
    list: async () =>
      versions
        .map((one, i) => ({ revision: i + 1, at: Number(one?.["at"] ?? 0), readable: one !== null, isGone: one === null }))
        .toReversed(),
    drop: async (which) => {
      if (which === "everything") versions.length = 0;
      else for (const revision of which) versions[revision - 1] = null;
    },
  };
};

export const dummy: StoreKind<Record<string, never>> = {
  kind: "dummy",
  label: "Dummy",
  settings: z.strictObject({}),
  capabilities: {
    valueBytes: null,
    keyPattern: null,
    transactional: false,
    revisionsKept: null,
    cannotPurge: null,
    plainReaders: false,
  },
  check: async () => [],
  open: (_, scope, { clock }) => documentStore(memory(scope.environmentId), { scope, clock }),
};
`,
  "server/src/adapters/stores/dummy.conformance.test.ts": `import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import type { StoreWorld } from "../../../../conformance/store-world.ts";
import { systemClock as clock } from "../clock/system.ts";
import { documentStore } from "./document-store.ts";
import { dummy, memory } from "./dummy.ts";

const setUp = async (): Promise<StoreWorld> => ({
  capabilities: dummy.capabilities,
  open: async (scope, wrap) => documentStore(wrap(memory(scope.environmentId)), { scope, clock }),
  close: async () => undefined,
});
secretStoreConformance("dummy", { networked: false, setUp });
`,
  "server/src/adapters/stores/dummy.test.ts": `import { expect, test } from "vitest";
import { ask, makeHome, startServer } from "../../../../e2e/harness/server.ts";

test("what the dummy store is given it gives back", async () => {
  const home = await makeHome();
  const server = await startServer(home);
  const { body: stores } = await ask(server, "GET /stores");
  expect(stores.items.map((store: { kind: string }) => store.kind)).toContain("dummy");
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", {
    body: { name: "here", cluster: { kind: "process" }, store: { kind: "dummy", settings: {} } },
  });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
  await ask(server, "PATCH /apps/shop/environments/dev/secrets", { ifMatch: 0, body: { set: { A: "one" } } });
  const { body } = await ask(server, "POST /apps/shop/environments/dev/secrets/A/reveal", { body: {} });
  expect(body.value).toBe("one");
  await server.stop();
  await home.remove();
});
`,
};

const verb = {
  "server/src/features/apps/length.ts": `import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";

/** How long the name of an app is. */
export const lengthOfApp = query(routes["apps.length"], async ({ app }) => ({ length: app.name.length }));
`,
  "server/src/length.test.ts": `import { expect, test } from "vitest";
import { ask, makeHome, startServer } from "../../e2e/harness/server.ts";

test("the name is measured, for those who may read apps", async () => {
  const home = await makeHome();
  const server = await startServer(home);
  await ask(server, "POST /apps", { body: { name: "shop" } });
  expect((await ask(server, "GET /apps/shop/length")).body).toEqual({ length: 4 });
  expect((await ask(server, "GET /apps/shop/length", { token: null })).status).toBe(401);
  await server.stop();
  await home.remove();
});
`,
};

const entry = `  "apps.length": route({
    method: "GET",
    path: "/apps/{app}/length",
    kind: "query",
    permission: "app:read",
    summary: "How long the name of an app is.",
    output: z.object({ length: z.number().int() }),
  }),
`;

const command = {
  "cli/src/commands/greet.ts": `import type { Verb } from "../command.ts";

export const greet: Verb = (command, act) => {
  command.argument("<name>").action(act(async (context, name: string) => context.out(\`Hello, \${name}.\\n\`)));
};
`,
  "e2e/transcripts/greet.txt": "$ keyroll greet you\nHello, you.\n",
};

const rule = {
  "preflight/src/rules/short-name.ts": `import { at, type Rule } from "../rule.ts";

/** A name of one letter. */
export const shortName: Rule = {
  id: "short-name",
  about: "A name of one letter.",
  *check({ objects }) {
    for (const object of objects)
      if (object.name.length === 1) yield { ...at(object), severity: "note", message: "Short.", fix: "Nothing to do." };
  },
};
`,
  "preflight/src/rules/short-name.test.ts": `import { object } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("short-name");

says("one letter", object("ConfigMap", "a", ""), "note");
silent("two letters", object("ConfigMap", "ab", ""));
`,
};

const added = { ...store, ...verb, ...command, ...rule };

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "keyroll-growth-"));
  await cp(root, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => path === root || !own.has(basename(path)),
  });
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "before");
  await bringPackages();
  await write(added);
  await edit("server/src/adapters/stores/index.ts", (text) =>
    withImport(text, 'import { dummy } from "./dummy.ts";').replace(
      "register(local)",
      "register(local), register(dummy)",
    ),
  );
  await edit("contract/src/apps.ts", (text) => text.replace(/\};\n$/u, `${entry}};\n`));
  await edit("server/src/features/index.ts", (text) =>
    withImport(text, 'import { lengthOfApp } from "./apps/length.ts";').replace(
      '  "apps.list": listApps,\n',
      (line) => `${line}  "apps.length": lengthOfApp,\n`,
    ),
  );
  await edit("cli/src/commands/index.ts", (text) =>
    text.replace(
      /\];\n$/u,
      '  { name: "greet", summary: "greet", load: async () => (await import("./greet.ts")).greet },\n];\n',
    ),
  );
  await edit("preflight/src/rules.ts", (text) =>
    withImport(text, 'import { shortName } from "./rules/short-name.ts";').replace(/\];\n$/u, "  shortName,\n];\n"),
  );
}, 300_000);

afterAll(async () => await rm(copy, { recursive: true, force: true }));

test("existing files take what the table of ARCHITECTURE.md says, and no line more", async () => {
  const lines = (await git("diff", "--numstat")).trim().split("\n");
  const touched = Object.fromEntries(
    lines.map((line) => {
      const [more, , path = ""] = line.split("\t");
      return [path, Number(more)];
    }),
  );
  const importAndEntry = 2;
  expect(touched).toEqual({
    "server/src/adapters/stores/index.ts": importAndEntry,
    "contract/src/apps.ts": entry.trimEnd().split("\n").length,
    "server/src/features/index.ts": importAndEntry,
    "cli/src/commands/index.ts": 1,
    "preflight/src/rules.ts": importAndEntry,
  });
  const untracked = (await git("ls-files", "--others", "--exclude-standard")).trim().split("\n");
  expect(untracked.toSorted()).toEqual(Object.keys(added).toSorted());
});

test("the build writes the generated list, and everything then compiles and passes its own tests", async () => {
  await run(process.execPath, "--input-type=module", "-e", 'await (await import("./scripts/build.mjs")).generate()');
  expect((await git("diff", "--numstat", "--", "contract/src/paths.ts")).trim()).toBe("1\t0\tcontract/src/paths.ts");
  expect(await types()).toBe("");
  const tests = Object.keys(added).filter((path) => path.endsWith(".test.ts"));
  const projects = ["--project=unit", "--project=conformance"];
  const said = await run(process.execPath, inCopy("node_modules/vitest/vitest.mjs"), "run", ...projects, ...tests);
  for (const path of tests) expect(said).toContain(path);
  expect(await run(process.execPath, "cli/src/main.ts", "greet", "you")).toBe("Hello, you.\n");
}, 600_000);

test("a route without its verb, with another's, or without a permission does not compile", async () => {
  const index = await readFile(inCopy("server/src/features/index.ts"), "utf8");
  const line = '  "apps.length": lengthOfApp,\n';
  await writeFile(inCopy("server/src/features/index.ts"), index.replace(line, ""));
  expect(await types("server/src/features")).toMatch(/index\.ts.*"apps\.length"/u);
  await writeFile(inCopy("server/src/features/index.ts"), index.replace(line, '  "apps.length": listApps,\n'));
  expect(await types("server/src/features")).toMatch(/index\.ts.*error/u);
  await writeFile(inCopy("server/src/features/index.ts"), index);
  expect(await types("server/src/features")).toBe("");
  await edit("contract/src/apps.ts", (text) =>
    text.replace(entry, (whole) => whole.replace('    permission: "app:read",\n', "")),
  );
  expect(await types("contract/src")).toMatch(/apps\.ts.*permission/u);
}, 300_000);
