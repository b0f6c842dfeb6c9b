import { expect, test } from "vitest";
import { parseDotenv } from "./parse.ts";

const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq+/A=\n-----END PRIVATE KEY-----";

/** [row of the comparison table, input, pairs, ids of notices, ids of errors with their lines] */
type Row = [string, string, Record<string, string>, (readonly string[])?, (readonly string[])?];

const rows: Row[] = [
  ["1 quotes around a blank", `A="x y"\nB='x y'`, { A: "x y", B: "x y" }],
  ["2 a blank without quotes", "A=x y", { A: "x y" }],
  ["3 empty, with and without quotes", 'A=\nB=""', { A: "", B: "" }, ["empty", "empty"]],
  ["4 no =", "A", {}, [], ["1 no-equals"]],
  ["5 trailing blanks", "A=x  \t", { A: "x" }, ["trimmed"]],
  ["6 blanks around =", "A = x", { A: "x" }],
  ["7 export", "export A=x", { A: "x" }],
  ["8 a comment behind the value", "A=x # c", { A: "x" }],
  ["9 # inside", "A=pa#ss", { A: "pa#ss" }, ["hash-inside"]],
  ["10 # at the beginning", "A=#abc", { A: "#abc" }, ["hash-start"]],
  ["11 # of an address", "A=https://h/p?a=1#f", { A: "https://h/p?a=1#f" }, ["hash-inside"]],
  ["12 # in quotes, and a comment", 'A="a # b" # c', { A: "a # b" }],
  ["13 \\n in double quotes", 'A="l1\\nl2"', { A: "l1\nl2" }, ["escapes"]],
  ["14 \\n elsewhere", "A='l1\\nl2'\nB=l1\\nl2", { A: "l1\\nl2", B: "l1\\nl2" }],
  ["15 PEM in double quotes", `A="${pem}"\nB=2`, { A: pem, B: "2" }],
  ["16 several lines in single quotes", "A='l1\nl2'\nB=2", { A: "l1\nl2", B: "2" }],
  ["17 triple quotes", 'A="""l1\nl2"""\nB=2', { B: "2" }, [], ["1 triple-quote"]],
  ["18 $word", 'A=pa$word\nB="pa$word"', { A: "pa$word", B: "pa$word" }, ["reference", "reference"]],
  ["19 $word in single quotes", "A='pa$word'", { A: "pa$word" }, ["reference"]],
  ["20 ${B}", "B=1\nA=x${B}y", { B: "1", A: "x${B}y" }, ["reference"]],
  ["21 $$", "A=pa$$word", { A: "pa$$word" }, ["reference"]],
  ["22 \\$ in double quotes", 'A="pa\\$word"', { A: "pa\\$word" }, ["escaped-dollar", "reference"]],
  ["23 ${X:-def}", "A=${X:-def}", { A: "${X:-def}" }, ["reference"]],
  ["24 bcrypt", "A=$2a$12$abcDEF", { A: "$2a$12$abcDEF" }, ["reference"]],
  ["25 $(…)", "A=$(echo hi)", { A: "$(echo hi)" }, ["command"]],
  ["26 JSON", `A='{"k":"v"}'\nB={"k":"v"}`, { A: '{"k":"v"}', B: '{"k":"v"}' }, ["json", "json"]],
  ["27 JSON with escapes", 'A="{\\"k\\":\\"v\\"}"', { A: '{"k":"v"}' }, ["escapes", "json"]],
  ["28 a Windows path", 'A="C:\\new\\temp"', { A: "C:\new\temp" }, ["escapes", "windows-path"]],
  ["29 a backslash before the quote", 'A="C:\\\\dir\\\\"\nB=2', { A: "C:\\dir\\", B: "2" }, ["escapes"]],
  ["30 text behind the quote", 'A="a"b\nB=2', { B: "2" }, [], ["1 text-after-quote"]],
  ["31 a quote without end", 'A="abc\nB=2', { B: "2" }, [], ["1 unterminated"]],
  ["32 backticks", "A=`x`", { A: "`x`" }, ["backticks", "command"]],
  ["33 the same key again", "A=1\nB=2\nA=3", { A: "1", B: "2" }, [], ["3 duplicate"]],
  ["33 the same pair again", "A=1\nA=1", { A: "1" }],
  ["34 CRLF", 'A=1\r\nB="l1\r\nl2"\r\n', { A: "1", B: "l1\nl2" }],
  ["35 byte order mark", "\uFEFFA=1", { A: "1" }],
  ["36 a colon", "A: x", {}, [], ["1 colon"]],
  [
    "37 keys that no shell takes",
    "MY-KEY=1\nmy.key=2\n1KEY=3",
    { "MY-KEY": "1", "my.key": "2", "1KEY": "3" },
    ["not-a-shell-name", "not-a-shell-name", "not-a-shell-name"],
  ],
  ["38 lower case", "username=x", { username: "x" }],
  ["39 = in the value", "A=a=b==", { A: "a=b==" }],
];

test.each(rows)("row %s", (_, text, pairs, notices = [], errors = []) => {
  const read = parseDotenv(text);
  expect(Object.fromEntries(read.entries.map(({ key, value }) => [key, value]))).toEqual(pairs);
  expect(read.entries.flatMap((entry) => entry.notices.map(({ id }) => id))).toEqual(notices);
  expect(read.errors.map(({ line, id }) => `${line} ${id}`)).toEqual(errors);
});

test("row 8: the comment is kept beside the value", () => {
  expect(parseDotenv("A=x # why\nB='y' # too").entries.map(({ comment }) => comment)).toEqual(["why", "too"]);
});

test("lines are counted through values of several lines, comments and mistakes", () => {
  const { entries, errors } = parseDotenv(`# head\n\nA="${pem}"\nbad\nB=1\nC='x\ny\nD=2`);
  expect(entries.map(({ key, line }) => [key, line])).toEqual([
    ["A", 3],
    ["B", 7],
    ["D", 10],
  ]);
  expect(errors.map(({ line, id }) => [line, id])).toEqual([
    [6, "no-equals"],
    [8, "unterminated"],
    [9, "no-equals"],
  ]);
});

test("sizes are bytes and lines, nothing is trimmed inside quotes", () => {
  expect(parseDotenv('A=" ä\n"').entries).toMatchObject([{ value: " ä\n", bytes: 4, lines: 1 }]);
});

test("a PEM without quotes is one mistake, and its base64 is not taken for a key", () => {
  for (const text of [`A=${pem}\nB=2`, `${pem}\nB=2`]) {
    const { entries, errors } = parseDotenv(text);
    expect(entries.map(({ key }) => key)).toEqual(["B"]);
    expect(errors.map(({ line, id }) => [line, id])).toEqual([[1, "pem-unquoted"]]);
  }
});

test("no message repeats what may be a piece of a value", () => {
  const canary = "hunter2hunter2";
  const lines = [
    `postgres://user:${canary}@db/x?a=1`,
    `A="${canary}"${canary}`,
    `B="""${canary}"""`,
    canary,
    `${canary}: x`,
    `C=1\nC=${canary}`,
    `D="C:\\new\\${canary}"`,
    `E=\${${canary}}`,
    `F="${canary}`,
  ];
  for (const text of lines) {
    const { entries, errors } = parseDotenv(text);
    const said = [
      ...errors.map(({ message }) => message),
      ...entries.flatMap((one) => one.notices.map((n) => n.message)),
    ];
    expect(said.join("\n"), text.replaceAll(canary, "…")).not.toContain(canary);
    expect(said.length, text.replaceAll(canary, "…")).toBeGreaterThan(0);
  }
});

test("a text of a million quotes and lines is read in time that grows with its length", () => {
  const texts = ['"'.repeat(1_000_000), "A='\n".repeat(250_000), '="\n'.repeat(300_000), "export ".repeat(150_000)];
  const seconds = texts.map((text) => {
    const began = performance.now();
    parseDotenv(text);
    return (performance.now() - began) / 1000;
  });
  // Quadratic reading would take minutes.
  expect(Math.max(...seconds)).toBeLessThan(10);
});
