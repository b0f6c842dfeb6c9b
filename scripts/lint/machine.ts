import type { OxlintOverride } from "oxlint";

/** Who may read the machine's clock, chance, environment and network: ARCHITECTURE.md, rule 1. */

const clock = "Take time from the Clock port: epoch milliseconds in, epoch milliseconds out.";
const network = "Requests leave from adapters, where the egress check stands.";
const process = "Only config.ts and main.ts look at the process; everything else takes parameters.";
const chance = "Take randomness from the Random port, so that a test can repeat it.";

const time = ["Date", "setTimeout", "setInterval", "performance"].map((name) => ({ name, message: clock }));
const outside = [
  { name: "fetch", message: network },
  { name: "process", message: process },
  { name: "crypto", message: chance },
];

const exposeRule = {
  property: "expose",
  message: "A value is unwrapped in stores, the mirror write, the reply encoder and the bundle only.",
};
const readsOfTheMachine = [
  { object: "Math", property: "random", message: chance },
  { object: "Date", property: "now", message: clock },
  { object: "crypto", property: "randomUUID", message: chance },
  { object: "crypto", property: "getRandomValues", message: chance },
];

const testFiles = ["**/*.test.ts", "**/*.test.tsx"];

/** Later entries replace earlier ones for the same file: the rules' lists are not added up. */
export const machine: OxlintOverride[] = [
  {
    // The inside: no machine at all.
    files: [
      "pairs/src/**",
      "contract/src/**",
      "preflight/src/**",
      "server/src/ports/**",
      "server/src/proof/**",
      "server/src/features/**",
      "server/src/database/migrations/**",
    ],
    excludeFiles: testFiles,
    rules: {
      "no-restricted-globals": ["error", { globals: [...time, ...outside], checkGlobalObject: true }],
      "no-restricted-properties": ["error", ...readsOfTheMachine, exposeRule],
    },
  },
  {
    // The edges read dates that others wrote and wait on the network, but the time of now comes from the port.
    files: ["server/src/adapters/**", "server/src/database/*.ts", "server/src/http/**"],
    excludeFiles: [...testFiles, "server/src/adapters/clock/**"],
    rules: {
      "no-restricted-globals": ["error", { globals: outside.slice(1), checkGlobalObject: true }],
      "no-restricted-properties": ["error", ...readsOfTheMachine, exposeRule],
    },
  },
  {
    files: ["sdk/src/**", "cli/src/**", "console/src/**"],
    excludeFiles: testFiles,
    rules: { "no-restricted-properties": ["error", ...readsOfTheMachine.slice(0, 1)] },
  },
  {
    // Programs of their own, started by Helm and for Helm: their process is their input.
    files: [
      "server/src/adapters/helm/supervisor.*",
      "server/src/adapters/helm/post-render.*",
      "server/src/adapters/helm/helm.ts",
      "server/src/adapters/helm/run-helm.ts",
      "server/src/adapters/helm/runs.ts",
    ],
    rules: {
      "no-restricted-globals": "off",
      "no-restricted-imports": "off",
      "no-restricted-properties": "off",
    },
  },
  {
    files: [
      "server/src/adapters/stores/**",
      "server/src/adapters/targets/**",
      "server/src/adapters/kubernetes/**",
      "server/src/http/reply.ts",
      "server/src/features/plain.ts",
    ],
    rules: { "no-restricted-properties": ["error", ...readsOfTheMachine] },
  },
];
