import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrapToken } from "./server.ts";

const cli = fileURLToPath(new URL("../../cli/bin/keyroll.js", import.meta.url));
const browser = fileURLToPath(new URL("at-the-browser.ts", import.meta.url));

/** A folder and a PATH in which `keyroll` is this checkout's, signed in by token, and `browser` is a person at one. */
export interface Shell {
  readonly folder: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line of POSIX shell; both outputs through one pipe, as they came, and the exit code when it is not 0. */
  run(line: string): Promise<string>;
  remove(): Promise<void>;
}

export interface ShellOptions {
  readonly url: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

export const makeShell = async (options: ShellOptions): Promise<Shell> => {
  const root = await mkdtemp(join(tmpdir(), "keyroll-shell-"));
  const folder = join(root, "work");
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(folder);
  // Links, as npm makes them: the program's own first line says how Node starts it.
  await symlink(cli, join(root, "bin/keyroll"));
  await symlink(process.execPath, join(root, "bin/node"));
  await writeFile(join(root, "bin/browser"), `#!/bin/sh\nexec '${process.execPath}' '${browser}' "$@"\n`, {
    mode: 0o755,
  });
  const token = options.token === undefined ? bootstrapToken : options.token;
  const env = {
    PATH: `${join(root, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: root,
    XDG_CONFIG_HOME: join(root, "config"),
    TZ: "UTC",
    KEYROLL_URL: options.url,
    ...(token === null ? {} : { KEYROLL_TOKEN: token }),
    ...options.env,
  };
  return {
    folder,
    home: root,
    env,
    run: async (line) =>
      await new Promise((resolve, reject) => {
        const child = spawn("sh", ["-c", `exec 2>&1\n${line}`], {
          cwd: folder,
          env,
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        const hear = (chunk: Buffer): void => {
          text += chunk.toString("utf8");
        };
        child.stdout.on("data", hear);
        child.once("error", reject);
        child.once("close", (code) => {
          const end = text === "" || text.endsWith("\n") ? "" : "⏎\n";
          resolve(text + end + (code === 0 ? "" : `[exit ${code}]\n`));
        });
      }),
    remove: async () => await rm(root, { recursive: true, force: true }),
  };
};

/** What differs from one run to the next, by names. */
export const settle = (text: string, shell: Shell, url: string): string =>
  text
    .replaceAll(url, "<url>")
    .replaceAll(shell.folder, "<folder>")
    .replaceAll(join(shell.folder, ".."), "<home>")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d{5}\b/gu, "<address>")
    .replaceAll(/\/setup#[a-z0-9]+/gu, "/setup#<code>")
    .replaceAll(/(?<=code[= ])[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b/gu, "<code>")
    .replaceAll(/(?<=keyroll on )[^\s)]+/gu, "<host>")
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d\b/gu, "<when>")
    .replaceAll(
      /\b(At|at":|requestedAt":|startedAt":|endedAt":|createdAt":|changedAt":|pushedAt":)\d{13}\b/gu,
      "$1<ms>",
    )
    .replaceAll(/(?<=":)1[789]\d{11}\b/gu, "<ms>")
    .replaceAll(/\b[0-9a-z]{26}\b/gu, "<id>")
    .replaceAll(/\bkrl_[A-Za-z0-9_]{20,}/gu, "<token>")
    .replaceAll(/\b\d+(\.\d+)? s\b/gu, "<t> s")
    .replaceAll(/"seconds":[\d.]+/gu, '"seconds":<t>')
    .replaceAll(new RegExp(`\\b${RegExp.escape(hostname())}/\\d+`, "gu"), "<host>/<pid>")
    .replaceAll(/(?<=as process )\d+/gu, "<pid>")
    .replaceAll(/Node v[\d.]+/gu, "Node <version>")
    .replaceAll(/ +$/gmu, "");

interface Block {
  /** Comments and blank lines before it. */
  readonly head: string;
  readonly command: string;
  readonly expected: string;
}

/** `$ command` and what it prints; `#` lines say why. A command goes on over lines that end with a backslash. */
export const readTranscript = (text: string): Block[] => {
  const blocks: { head: string; command: string; expected: string }[] = [];
  let head = "";
  let open = false;
  for (const line of text.replace(/\n$/u, "").split("\n")) {
    const last = blocks.at(-1);
    if (open && last !== undefined) {
      last.command += `\n${line}`;
      open = line.endsWith("\\");
    } else if (line.startsWith("$ ")) {
      blocks.push({ head, command: line.slice(2), expected: "" });
      head = "";
      open = line.endsWith("\\");
    } else if (line.startsWith("# ") || last === undefined || (line === "" && head !== "")) head += `${line}\n`;
    else if (line === "") head = "\n";
    else last.expected += `${head}${line}\n`;
    if (!line.startsWith("# ") && line !== "" && !line.startsWith("$ ") && last !== undefined) head = "";
  }
  return blocks;
};

/** Plays a transcript; answers it with what was really printed. */
export const play = async (
  path: string,
  shell: Shell,
  url: string,
  /** What else differs from one run to the next, and the name that it gets. */
  more: readonly (readonly [string, string])[] = [],
): Promise<{ was: string; is: string }> => {
  const was = await readFile(path, "utf8");
  let is = "";
  // One after the other: each command builds on the one before.
  for (const { head, command } of readTranscript(was)) {
    const said = more.reduce((text, [from, to]) => text.replaceAll(from, to), await shell.run(command));
    is += `${head}$ ${command}\n${settle(said, shell, url)}`;
  }
  if (process.env["KEYROLL_UPDATE_TRANSCRIPTS"] === "1" && is !== was) await writeFile(path, is);
  return { was, is };
};
