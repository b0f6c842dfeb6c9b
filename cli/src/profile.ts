import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";

/** Servers that `keyroll login` knows; a token is only ever sent to the address that it was made at. */
export interface Profile {
  /** Address of the server that is used when none is named. */
  readonly current: string | null;
  readonly servers: Readonly<Record<string, { readonly token: string }>>;
}

type Env = Readonly<Record<string, string | undefined>>;

const nothing: Profile = { current: null, servers: {} };

/** `$XDG_CONFIG_HOME/keyroll/profile.json`. */
export const profilePath = (env: Env): string => {
  const base = env["XDG_CONFIG_HOME"] ?? "";
  return join(base === "" ? join(env["HOME"] ?? homedir(), ".config") : base, "keyroll", "profile.json");
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** @throws KeyrollError when the file is there and others can read it, or it is no profile */
export const readProfile = async (env: Env): Promise<Profile> => {
  const path = profilePath(env);
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new KeyrollError("invalid", `${path} holds a token and other users can read it.`, {
        next: `Close it: \`chmod 600 ${path}\`, and revoke the token if somebody may have read it.`,
      });
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return nothing;
    throw error;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (!isRecord(parsed) || !isRecord(parsed["servers"])) {
    throw new KeyrollError("invalid", `${path} is not a profile of Keyroll.`, {
      next: "Move it away and sign in again: `keyroll login`.",
    });
  }
  const servers: Record<string, { token: string }> = {};
  for (const [url, entry] of Object.entries(parsed["servers"]))
    if (isRecord(entry) && typeof entry["token"] === "string") servers[url] = { token: entry["token"] };
  return { current: typeof parsed["current"] === "string" ? parsed["current"] : null, servers };
};

/** Where else somebody is signed in, in a sentence; empty: nowhere. */
export const elsewhere = ({ servers }: Pick<Profile, "servers">): string[] => {
  const urls = Object.keys(servers);
  return urls.length === 0
    ? []
    : [
        `You are signed in at ${urls.join(" and ")}: name ${urls.length === 1 ? "it" : "one"} with --url or KEYROLL_URL.`,
      ];
};

/** Replaces the file in one step, readable by its owner only. */
export const writeProfile = async (env: Env, profile: Profile): Promise<void> => {
  const path = profilePath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${crypto.randomUUID()}`;
  await writeFile(beside, `${JSON.stringify({ version: 1, ...profile }, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(beside, path);
};
