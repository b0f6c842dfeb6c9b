import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { Charts } from "../../ports/charts.ts";
import { chartPolicies } from "../cloud/aws/policy.ts";
import { invalidChart, unpackChart } from "./chart-archive.ts";
import { chartText, chartValues, inspectChart } from "./chart-facts.ts";
import { helmError } from "./helm-error.ts";
import { isOci, pullFromRegistry, refuseIdentity, type RegistryHost } from "./registry.ts";
import { pullFromRepository } from "./repository.ts";

/**
 * Helm writes the time of packing into every header of the archive (tar, POSIX ustar: mtime at 136, checksum at
 * 148). Without it the same folder gives the same bytes, whenever it is pushed.
 */
const withoutTimes = (tgz: Uint8Array): Uint8Array => {
  const tar = Buffer.from(unpackChart(tgz));
  let at = 0;
  while (at + 512 <= tar.length && tar[at] !== 0) {
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    tar.write("00000000000\0", at + 136, "latin1");
    tar.fill(" ", at + 148, at + 156, "latin1");
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return new Uint8Array(gzipSync(tar));
};

const safe = (path: string): string => {
  const clean = normalize(path);
  if (clean.startsWith("/") || clean.startsWith("..") || clean.includes("\0"))
    throw invalidChart(`\`${path.slice(0, 100)}\` is not a path inside the chart's folder.`);
  return clean;
};

/** Chart packages, made and read by Helm itself. */
export const createCharts = (options: RegistryHost & { readonly workDir: string }): Charts => {
  const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
    await mkdir(options.workDir, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(options.workDir, "chart-"));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const packedIn = async (folder: string): Promise<Uint8Array> => {
    const [name] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
    if (name === undefined) throw invalidChart("Helm made no package.");
    return new Uint8Array(await readFile(join(folder, name)));
  };
  return {
    inspect: async (tgz) => inspectChart(tgz),
    values: async (tgz) => chartValues(tgz),
    text: async (tgz) => chartText(tgz),
    package: async (files) =>
      await inFolder(async (folder) => {
        for (const [path, content] of files) {
          const target = join(folder, "chart", safe(path));
          await mkdir(dirname(target), { recursive: true, mode: 0o700 });
          await writeFile(target, content, { mode: 0o600 });
        }
        if (!files.has("Chart.yaml"))
          throw invalidChart("The folder has no Chart.yaml.", "Give the folder that holds Chart.yaml.");
        const { code, stderr } = await options.helm.run({
          args: () => ["package", join(folder, "chart"), "--destination", join(folder, "out")],
          timeoutSeconds: 60,
        });
        if (code !== 0) {
          const missing = /found in Chart\.yaml, but missing in charts\/ directory: (.+)/u.exec(stderr)?.[1];
          throw missing === undefined
            ? helmError(stderr, "package the chart")
            : invalidChart(
                `Dependencies of the chart are missing: ${missing.trim()}.`,
                "Run `helm dependency update` in the chart's folder and push again.",
              );
        }
        const bytes = withoutTimes(await packedIn(join(folder, "out")));
        return { bytes, facts: inspectChart(bytes) };
      }),
    pull: async (reference) => {
      if (!isOci(reference.url)) {
        refuseIdentity(reference);
        return await pullFromRepository(reference, options);
      }
      return await inFolder(async (folder) => {
        // Unlike `helm package`, `helm pull` makes no folder.
        await mkdir(join(folder, "out"), { mode: 0o700 });
        await pullFromRegistry(reference, join(folder, "out"), options);
        return await packedIn(join(folder, "out"));
      });
    },
    policies: chartPolicies,
  };
};
