import { defineConfig } from "oxlint";
import { directions } from "./scripts/lint/directions.ts";
import { machine } from "./scripts/lint/machine.ts";

const tests = ["**/*.test.ts", "**/*.test.tsx", "conformance/**", "e2e/**", "bench/**"];

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["**/dist/**", ".tsbuild/**", "testbed/**", "**/fixtures/**"],
  options: { reportUnusedDisableDirectives: "error" },
  rules: {
    eqeqeq: "error",
    "max-lines": ["error", { max: 300 }],
    "no-console": "error",
    "no-param-reassign": "error",
    "no-var": "error",
    "prefer-const": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "oxc/no-barrel-file": ["error", { threshold: 0 }],
    "typescript/ban-ts-comment": "error",
    "typescript/consistent-type-assertions": ["error", { assertionStyle: "never" }],
    "typescript/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/only-throw-error": "error",
    "typescript/prefer-promise-reject-errors": "error",
    "typescript/return-await": ["error", "error-handling-correctness-only"],
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "unicorn/prefer-node-protocol": "error",
    "vitest/no-disabled-tests": "error",
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
    "vitest/no-focused-tests": "error",
    // An inner name that repeats an outer one is often the clearest name.
    "no-shadow": "off",
    // A function belongs where it is read, also when it captures nothing.
    "unicorn/consistent-function-scoping": "off",
    // `sort` and `reverse` on an array that nobody else has are right.
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
  },
  overrides: [
    ...directions,
    ...machine,
    {
      files: [
        "server/src/adapters/**",
        "server/src/database/**",
        "server/src/http/**",
        "sdk/src/**",
        "cli/src/**",
        "console/src/**",
      ],
      rules: {
        // The edges: what arrives from outside is checked by hand and then named.
        "typescript/consistent-type-assertions": [
          "error",
          { assertionStyle: "as", objectLiteralTypeAssertions: "never" },
        ],
        "typescript/no-unsafe-type-assertion": "off",
      },
    },
    {
      files: ["console/src/**"],
      plugins: ["typescript", "unicorn", "oxc", "import", "promise", "vitest", "react", "jsx-a11y"],
      rules: {
        "react/react-in-jsx-scope": "off",
        "react/rules-of-hooks": "error",
        "import/no-unassigned-import": ["error", { allow: ["**/*.css"] }],
      },
    },
    // Plain lists, read from top to bottom.
    {
      files: ["server/src/database/schema.ts", "server/src/database/migrations/**"],
      rules: { "max-lines": "off" },
    },
    {
      // Plain JavaScript, started as it is: there are no types to check.
      files: ["server/src/adapters/helm/supervisor.mjs"],
      rules: {
        "typescript/no-unsafe-argument": "off",
        "typescript/no-unsafe-assignment": "off",
        "typescript/no-unsafe-call": "off",
        "typescript/no-unsafe-member-access": "off",
        "typescript/no-unsafe-return": "off",
        "typescript/strict-boolean-expressions": "off",
      },
    },
    {
      // Where what zod, the path pattern and the reply encoder have proven becomes a type.
      files: ["server/src/features/verb.ts", "server/src/features/secrets/disclosure.ts", "server/src/main.ts"],
      rules: {
        "typescript/consistent-type-assertions": ["error", { assertionStyle: "as" }],
        "typescript/no-unsafe-type-assertion": "off",
      },
    },
    { files: ["*/src/index.ts"], rules: { "oxc/no-barrel-file": "off" } },
    { files: ["**/*.config.ts", "console/src/pages/**"], rules: { "import/no-default-export": "off" } },
    {
      files: tests,
      rules: {
        // Answers are read as plain JSON: what they hold is what the test is about.
        "typescript/no-explicit-any": "off",
        "typescript/require-array-sort-compare": "off",
        "typescript/consistent-type-assertions": "off",
        "typescript/no-unsafe-argument": "off",
        "typescript/no-unsafe-assignment": "off",
        "typescript/no-unsafe-call": "off",
        "typescript/no-unsafe-member-access": "off",
        "typescript/no-unsafe-return": "off",
        "typescript/no-unsafe-type-assertion": "off",
        "typescript/no-non-null-assertion": "off",
        "typescript/restrict-template-expressions": "off",
        "typescript/unbound-method": "off",
        "no-await-in-loop": "off",
      },
    },
    {
      files: ["scripts/**", "cli/bin/**", "bench/**"],
      rules: {
        "no-console": "off",
        "import/no-unassigned-import": "off",
        "typescript/no-unsafe-argument": "off",
        "typescript/no-unsafe-assignment": "off",
        "typescript/no-unsafe-call": "off",
        "typescript/no-unsafe-member-access": "off",
        "typescript/no-unsafe-return": "off",
      },
    },
  ],
});
