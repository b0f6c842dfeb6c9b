import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./paths.mjs";

const ignored = new Set(["node_modules", "dist"]);

/**
 * The newest change below a path, in epoch milliseconds. Folders count too, so that a removed file is seen.
 *
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  const names = readdirSync(path);
  const below = names.filter((name) => !ignored.has(name));
  // Making `dist` changes the folder that holds it, which says nothing about the sources.
  const own = below.length < names.length ? 0 : found.mtimeMs;
  return below.reduce((latest, name) => Math.max(latest, newest(join(path, name))), own);
}

/**
 * Runs `build` unless the last successful build of this output is younger than everything it was made from.
 *
 * @param {{ output: string, inputs: readonly string[] }} part folders and files, relative to the checkout
 * @param {() => Promise<void>} build
 * @returns {Promise<boolean>} whether it was built
 */
export async function buildIfStale({ output, inputs }, build) {
  const stamp = resolve(root, output, ".stamp");
  const changed = Math.max(...inputs.map((input) => newest(resolve(root, input))));
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > changed) return false;
  // A file that is edited while the build reads it must count as newer than the build.
  const began = new Date();
  await build();
  writeFileSync(stamp, "");
  utimesSync(stamp, began, began);
  return true;
}
