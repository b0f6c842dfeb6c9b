import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { parseTar } from "nanotar";
import { parseDocument } from "yaml";
import type { ChartFacts, Charts, ChartValues } from "../../ports/charts.ts";
import { chartPolicies } from "../cloud/aws/policy.ts";
import { isJson, text } from "../kubernetes/json.ts";
import { helmError } from "./helm-error.ts";
import { isOci, pullFromRegistry, refuseIdentity, type RegistryHost } from "./registry.ts";
import { pullFromRepository } from "./repository.ts";

const mostPacked = 10 * 1024 * 1024;
const mostUnpacked = 64 * 1024 * 1024;
const mostFiles = 5000;
/** Characters of a values.yaml or its schema. */
const mostText = 256 * 1024;

const links = new Set([
  "link",
  "symbolicLink",
  "blockDevice",
  "characterDevice",
  "fifo",
  "contiguousFile",
  "gnuSparseFile",
]);

const invalid = (message: string, next = "Package it with `helm package`."): KeyrollError =>
  new KeyrollError("invalid", message, { field: "chart", next, changed: false });

const unpack = (tgz: Uint8Array): Uint8Array => {
  try {
    // The limit is held while unpacking: a small file that grows without end stops here.
    return new Uint8Array(gunzipSync(tgz, { maxOutputLength: mostUnpacked }));
  } catch (error) {
    const large = error instanceof RangeError;
    throw large
      ? new KeyrollError("limit_exceeded", `The chart unpacks to more than ${mostUnpacked} bytes.`, {
          field: "chart",
          limit: mostUnpacked,
          changed: false,
        })
      : invalid("The chart is not a .tgz archive.");
  }
};

const factsOf = (yaml: string): ChartFacts => {
  const document = parseDocument(yaml);
  let value: unknown = null;
  try {
    value = document.errors.length === 0 ? document.toJS({ maxAliasCount: 10 }) : null;
  } catch {
    value = null;
  }
  const name = text(value, "name");
  const version = text(value, "version");
  if (
    !isJson(value) ||
    name === null ||
    version === null ||
    !/^[a-z0-9][a-z0-9.-]{0,99}$/u.test(name) ||
    !/^v?\d+(\.\d+)*[0-9A-Za-z.+-]{0,100}$/u.test(version)
  ) {
    throw invalid("Chart.yaml needs a name (a-z, 0-9, -, .) and a version (SemVer).", "Correct Chart.yaml.");
  }
  const appVersion = value["appVersion"];
  const requires = text(value, "annotations", "keyroll.dev/requires");
  return {
    name,
    version,
    appVersion: typeof appVersion === "string" || typeof appVersion === "number" ? String(appVersion) : null,
    description: text(value, "description"),
    requires: (requires ?? "").split(/[\s,]+/u).filter((key) => key !== ""),
  };
};

/** Opens a file of the chart's own folder; null: there is none of that name. */
type Read = (name: string) => string | null;

/** Takes single files of the chart's own folder out of the archive, after looking at every name. */
const openChart = (tgz: Uint8Array): Read => {
  if (tgz.byteLength > mostPacked) {
    throw new KeyrollError("limit_exceeded", `The chart has ${tgz.byteLength} bytes; ${mostPacked} are taken.`, {
      field: "chart",
      limit: mostPacked,
      actual: tgz.byteLength,
      changed: false,
    });
  }
  const files = parseTar(unpack(tgz));
  if (files.length > mostFiles)
    throw new KeyrollError("limit_exceeded", `The chart has ${files.length} files; ${mostFiles} are taken.`, {
      field: "chart",
      limit: mostFiles,
      actual: files.length,
      changed: false,
    });
  for (const { name, type } of files) {
    if (name.startsWith("/") || name.split("/").includes("..") || name.includes("\0"))
      throw invalid("The chart's archive names a file outside its own folder.");
    if (links.has(String(type))) {
      throw invalid(`The chart's archive holds a link or device (${name.slice(0, 100)}).`);
    }
  }
  const found = files.filter(({ name }) => /^[^/]+\/Chart\.yaml$/u.test(name));
  const [chart] = found;
  if (chart?.data === undefined || found.length !== 1)
    throw invalid("The archive is not a chart: it needs exactly one folder with a Chart.yaml in it.");
  const folder = chart.name.slice(0, -"Chart.yaml".length);
  return (name) => {
    const file = files.find((one) => one.name === folder + name);
    return file?.data === undefined ? null : new TextDecoder().decode(file.data);
  };
};

const inspect = (tgz: Uint8Array): ChartFacts => factsOf(openChart(tgz)("Chart.yaml") ?? "");

const valuesOf = (tgz: Uint8Array): ChartValues => {
  const read = openChart(tgz);
  const written = read("values.yaml") ?? "";
  const schema = read("values.schema.json");
  let parsed: unknown = null;
  try {
    parsed = schema === null || schema.length > mostText ? null : JSON.parse(schema);
  } catch {
    parsed = null;
  }
  return {
    text: written.slice(0, mostText),
    isCut: written.length > mostText,
    schema: isJson(parsed) && !Array.isArray(parsed) ? parsed : null,
  };
};

/**
 * Helm writes the time of packing into every header of the archive (tar, POSIX ustar: mtime at 136, checksum at
 * 148). Without it the same folder gives the same bytes, whenever it is pushed.
 */
const withoutTimes = (tgz: Uint8Array): Uint8Array => {
  const tar = Buffer.from(unpack(tgz));
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
    throw invalid(`\`${path.slice(0, 100)}\` is not a path inside the chart's folder.`);
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
    if (name === undefined) throw invalid("Helm made no package.");
    return new Uint8Array(await readFile(join(folder, name)));
  };
  return {
    inspect: async (tgz) => inspect(tgz),
    values: async (tgz) => valuesOf(tgz),
    package: async (files) =>
      await inFolder(async (folder) => {
        for (const [path, content] of files) {
          const target = join(folder, "chart", safe(path));
          await mkdir(dirname(target), { recursive: true, mode: 0o700 });
          await writeFile(target, content, { mode: 0o600 });
        }
        if (!files.has("Chart.yaml"))
          throw invalid("The folder has no Chart.yaml.", "Give the folder that holds Chart.yaml.");
        const { code, stderr } = await options.helm.run({
          args: () => ["package", join(folder, "chart"), "--destination", join(folder, "out")],
          timeoutSeconds: 60,
        });
        if (code !== 0) {
          const missing = /found in Chart\.yaml, but missing in charts\/ directory: (.+)/u.exec(stderr)?.[1];
          throw missing === undefined
            ? helmError(stderr, "package the chart")
            : invalid(
                `Dependencies of the chart are missing: ${missing.trim()}.`,
                "Run `helm dependency update` in the chart's folder and push again.",
              );
        }
        const bytes = withoutTimes(await packedIn(join(folder, "out")));
        return { bytes, facts: inspect(bytes) };
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
