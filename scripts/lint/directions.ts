import type { OxlintOverride } from "oxlint";

/** Who may not import what, and why: ARCHITECTURE.md, "The way of the data". */

interface Forbidden {
  readonly group: string[];
  readonly message: string;
}

interface ForbiddenPath {
  readonly name: string;
  readonly message: string;
  readonly importNames?: string[];
  readonly allowTypeImports?: boolean;
}

const pure: Forbidden = {
  group: ["node:*"],
  message: "This workspace is pure and also runs in the browser: take what the machine gives as a parameter.",
};
const noServer: Forbidden = {
  group: ["@keyroll/server", "@keyroll/server/**", "**/server/src/**"],
  message: "Clients reach the server through @keyroll/sdk only.",
};
const noTests: Forbidden = {
  group: ["**/e2e/**", "**/conformance/**", "**/testbed/**", "**/bench/**", "**/*.test.ts", "vitest", "fast-check"],
  message: "What is shipped does not import what tests it.",
};
const noAdapters: Forbidden = {
  group: ["**/adapters/**"],
  message: "Depend on a port (server/src/ports); only main.ts chooses the adapter behind it.",
};
const noHttp: Forbidden = {
  group: ["**/http/**", "hono", "hono/**", "@hono/**"],
  message: "HTTP calls the features, never the other way round: return a value or throw a KeyrollError.",
};
const noFeatures: Forbidden = {
  group: ["**/features/**"],
  message: "Features use this folder, so it cannot use them.",
};
const noDatabase: Forbidden = {
  group: ["**/database/**", "kysely", "kysely/**", "pg", "better-sqlite3"],
  message: "This folder works without a database: take rows or functions as parameters.",
};

const features = [
  "access",
  "apps",
  "audit",
  "connections",
  "deployments",
  "drift",
  "environments",
  "operations",
  "releases",
  "secrets",
  "status",
  "values",
];
const noOtherFeature: Forbidden = {
  group: features.flatMap((name) => [`../${name}/**`, `../../${name}/**`, `!../${name}/ids.ts`]),
  message:
    "Features do not import each other, only each other's ids.ts: what two need is a port or goes through the database.",
};

/** The API's description holds zod, which clients must not load at start-up. */
const contractTypesOnly = {
  name: "@keyroll/contract",
  allowTypeImports: true,
  message: "Import types only; values for clients are in @keyroll/contract/errors and @keyroll/contract/paths.",
};
const noZod = { name: "zod", message: "Clients check by hand what they read: zod would double their start-up." };
/** @see scripts/lint/machine.ts for the other sources of chance. */
const noRandomness = {
  name: "node:crypto",
  importNames: ["randomBytes", "randomUUID", "randomInt", "getRandomValues", "webcrypto"],
  message: "Take randomness from the Random port, so that a test can repeat it.",
};
const noProcess = { name: "node:process", message: "Only config.ts and main.ts look at the process." };
const noFiles = ["node:fs", "node:fs/promises"].map((name) => ({
  name,
  message: "Files are for adapters: take bytes or a port as a parameter.",
}));
const noChildren = {
  name: "node:child_process",
  message: "Processes are started by adapters/helm and adapters/targets, from argv arrays and without a shell.",
};

const machine = [noRandomness, noProcess, noChildren, ...noFiles];

function direction(
  files: readonly string[],
  patterns: readonly Forbidden[],
  paths: readonly ForbiddenPath[] = [],
  excludeFiles: readonly string[] = [],
): OxlintOverride {
  return {
    files: [...files],
    excludeFiles: ["**/*.test.ts", "**/*.test.tsx", ...excludeFiles],
    rules: { "no-restricted-imports": ["error", { paths: [...paths], patterns: [...patterns, noTests] }] },
  };
}

/** Later entries replace earlier ones for the same file: the rule's lists are not added up. */
export const directions: OxlintOverride[] = [
  direction(
    ["pairs/src/**"],
    [pure, noServer, { group: ["@keyroll/*"], message: "pairs stands below everything else." }],
  ),
  direction(
    ["contract/src/**"],
    [pure, noServer, noDatabase, { group: ["@keyroll/sdk"], message: "The SDK is made from the contract." }],
  ),
  direction(["preflight/src/**"], [pure, noServer, noDatabase]),
  direction(["sdk/src/**"], [pure, noServer], [contractTypesOnly, noZod]),
  direction(["cli/src/**"], [noServer], [contractTypesOnly, noZod]),
  direction(["console/src/**"], [pure, noServer], [contractTypesOnly, noZod]),
  direction(["server/src/ports/**"], [noFeatures, noAdapters, noHttp, noDatabase], machine),
  direction(["server/src/proof/**"], [pure, noFeatures, noAdapters, noHttp, noDatabase]),
  direction(["server/src/database/**"], [noFeatures, noAdapters, noHttp], [noRandomness, noProcess, noChildren]),
  direction(
    ["server/src/database/migrations/**"],
    [
      noFeatures,
      noAdapters,
      noHttp,
      { group: ["../*"], message: "A migration must not change when other code does: it imports only kysely." },
    ],
    machine,
  ),
  direction(["server/src/features/**"], [noAdapters, noHttp, noOtherFeature], machine, [
    "server/src/features/index.ts",
  ]),
  direction(["server/src/features/index.ts"], [noAdapters, noHttp], machine),
  direction(
    ["server/src/adapters/**"],
    [noFeatures, noHttp],
    [noRandomness, noProcess],
    ["server/src/adapters/random/**"],
  ),
  direction(["server/src/*.ts"], []),
  direction(["server/src/http/**"], [noAdapters], [noProcess, noChildren]),
];
