import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as npmDotenv } from "dotenv";
import * as fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { isLongRun, recordEvidence } from "../../../e2e/harness/evidence.ts";
import { parseDotenv } from "./parse.ts";
import { printDotenv } from "./print.ts";

const folder = mkdtempSync(join(tmpdir(), "keyroll-print-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Text in which every doubtful character is frequent. */
const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom("a", " ", "\n", "\r", "'", '"', "\\", "$", "#", "`", "=", "{", "}", "(", "n", "ä", "\t"),
  }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }).filter((one) => one.isWellFormed() && !one.includes("\0")),
);
const pairsOf = fc.dictionary(
  fc
    .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/u)
    .filter(
      (key) =>
        ![
          "__proto__",
          "_",
          "PWD",
          "SHLVL",
          "OLDPWD",
          "IFS",
          "PPID",
          "PS1",
          "PS2",
          "PS4",
          "OPTIND",
          "HOME",
          "PATH",
        ].includes(key),
    ),
  text,
  { minKeys: 1, maxKeys: 8 },
);

const read = (printed: string): Record<string, string> => {
  const { entries, errors } = parseDotenv(printed);
  expect(errors).toEqual([]);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
};

/** The rules of Docker Compose's reader for quoted and plain values, without its environment: $ stands for nothing. */
const compose = (printed: string): Record<string, string> => {
  const found: Record<string, string> = {};
  let at = 0;
  while (at < printed.length) {
    const equals = printed.indexOf("=", at);
    const key = printed.slice(at, equals);
    const quote = printed[equals + 1];
    if (quote === "'" || quote === '"') {
      const close = printed.indexOf(quote, equals + 2);
      const inside = printed.slice(equals + 2, close);
      found[key] = quote === "'" ? inside : inside.replaceAll(/\\(.)/gu, "$1").replaceAll(/\$(?:\w+|\{[^}]*\})/gu, "");
      at = close + 2;
    } else {
      const end = printed.indexOf("\n", at);
      found[key] = printed
        .slice(equals + 1, end)
        .replace(/\s#.*$/u, "")
        .trim()
        .replaceAll(/\$(?:\w+|\{[^}]*\})/gu, "");
      at = end + 1;
    }
  }
  return found;
};

const shell = (printed: string): Record<string, string> => {
  const file = join(folder, "pairs.env");
  writeFileSync(file, printed);
  const output = execFileSync("sh", ["-c", 'set -a; . "$1"; env -0', "sh", file], {
    env: { PATH: process.env["PATH"] },
  });
  return Object.fromEntries(
    output
      .toString("utf8")
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
};

// A shell is started for each of hundreds of files, in a long run for each of ten thousand.
vi.setConfig({ testTimeout: isLongRun ? 900_000 : 120_000 });
const [shellRuns, runs] = isLongRun ? [10_000, 100_000] : [400, 1000];
afterAll(() =>
  recordEvidence("pairs: random pairs printed and read back", {
    "files read by npm dotenv, Compose's rules and a shell": shellRuns,
    "files read by Keyroll": runs,
  }),
);

test("what is printed for everybody is read back exactly by dotenv, Compose, a shell and ourselves", () => {
  fc.assert(
    fc.property(pairsOf, (pairs) => {
      const { text: printed, refused } = printDotenv(Object.entries(pairs));
      const left = new Set(refused.map(({ key }) => key));
      const kept = Object.fromEntries(Object.entries(pairs).filter(([key]) => !left.has(key)));
      expect(read(printed)).toEqual(kept);
      expect(npmDotenv(printed)).toEqual(kept);
      expect(compose(printed)).toEqual(kept);
      expect(shell(printed)).toMatchObject(kept);
    }),
    { numRuns: shellRuns },
  );
});

test("what is printed for Keyroll holds every text without a NUL", () => {
  fc.assert(
    fc.property(pairsOf, (pairs) => {
      const { text: printed, refused } = printDotenv(Object.entries(pairs), { for: "keyroll" });
      expect(refused).toEqual([]);
      expect(read(printed)).toEqual(pairs);
    }),
    { numRuns: runs },
  );
});

test("few texts are refused: quotes of both kinds, or escapes beside a single quote", () => {
  const fits = [
    "",
    "x",
    "it's",
    'say "hi"',
    "two\nlines",
    "$HOME `x` \\n",
    "#",
    " blank ",
    "ä€😀",
    "{\"k\": 'v'}".replaceAll("'", '"'),
  ];
  expect(printDotenv(fits.map((value, i) => [`K${i}`, value] as const)).refused).toEqual([]);
  const not = ["ends with \\", `'"`, `'$`, "'`", "'\\", "a\rb"];
  expect(printDotenv(not.map((value, i) => [`K${i}`, value] as const)).refused.map(({ key }) => key)).toEqual(
    not.map((_, i) => `K${i}`),
  );
});

test("binary values, NUL and foreign names are refused by name, never changed", () => {
  const { text: printed, refused } = printDotenv([
    ["BLOB", new Uint8Array([1])],
    ["NUL", "a\0b"],
    ["MY-KEY", "x"],
    ["OK", "1"],
  ]);
  expect(printed).toBe("OK=1\n");
  expect(refused.map(({ key, rule }) => [key, rule])).toEqual([
    ["BLOB", "binary"],
    ["NUL", "nul"],
    ["MY-KEY", "not-a-shell-name"],
  ]);
});
