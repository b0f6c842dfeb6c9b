import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Other command lines, to be compared with: installed from npm into a cache outside the checkout, without their install
 * scripts, and never a dependency.
 */
const versions = { vercel: "50.44.0", heroku: "11.10.0" } as const;

const execute = promisify(execFile);

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** The script that Node runs. */
  readonly script: string;
}

/** @returns the peer, or in a sentence why it cannot be had */
export const installPeer = async (name: keyof typeof versions): Promise<Peer | string> => {
  const version = versions[name];
  const folder = join(tmpdir(), "keyroll-bench-peers", `${name}-${version}`);
  const link = join(folder, "node_modules/.bin", name);
  if (!existsSync(link)) {
    await mkdir(folder, { recursive: true });
    try {
      await execute(
        "npm",
        ["install", "--ignore-scripts", "--no-save", "--no-audit", "--prefix", folder, `${name}@${version}`],
        { cwd: folder, timeout: 300_000 },
      );
    } catch {
      return `${name} ${version} could not be installed here and was left out.`;
    }
  }
  return { name, version, script: await realpath(link) };
};
