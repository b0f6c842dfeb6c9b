import { gunzipSync } from "node:zlib";
import { KeyrollError } from "@keyroll/contract/errors";
import { parseTar, type ParsedTarFileItem } from "nanotar";

const mostPacked = 10 * 1024 * 1024;
const mostUnpacked = 64 * 1024 * 1024;
const mostFiles = 5000;

const links = new Set([
  "hardLink",
  "symbolicLink",
  "blockDevice",
  "characterDevice",
  "fifo",
  "contiguousFile",
  "gnuSparseFile",
]);

export const invalidChart = (message: string, next = "Package it with `helm package`."): KeyrollError =>
  new KeyrollError("invalid", message, { field: "chart", next, changed: false });

/** @throws {KeyrollError} `invalid`, or `limit_exceeded` for a small file that grows without end. */
export const unpackChart = (tgz: Uint8Array): Uint8Array => {
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
      : invalidChart("The chart is not a .tgz archive.");
  }
};

/** The files of a chart's own folder. */
export interface OpenChart {
  /** Null: there is none of that name. */
  readonly read: Read;
  /** Content of every file, by its path below the chart's folder. */
  readonly files: () => ReadonlyMap<string, Uint8Array>;
}
type Read = (name: string) => string | null;

/**
 * A name of over 100 characters stands in two fields of a ustar header, as `helm package` writes it; the parser reads
 * the second only. The header is the block before the content.
 */
const wholeName = ({ name, data, attrs }: ParsedTarFileItem, tar: Uint8Array): string => {
  if (data === undefined || (attrs !== undefined && "path" in attrs)) return name;
  const field = (from: number, to: number): string =>
    new TextDecoder().decode(tar.subarray(data.byteOffset - 512 + from, data.byteOffset - 512 + to));
  if (field(257, 263) !== "ustar\0") return name;
  const [front = ""] = field(345, 500).split("\0");
  return front === "" ? name : `${front}/${name}`;
};

/** Opens a chart's archive, after looking at every name in it. @throws {KeyrollError} `invalid`, `limit_exceeded`. */
export const openChart = (tgz: Uint8Array): OpenChart => {
  if (tgz.byteLength > mostPacked) {
    throw new KeyrollError("limit_exceeded", `The chart has ${tgz.byteLength} bytes; ${mostPacked} are taken.`, {
      field: "chart",
      limit: mostPacked,
      actual: tgz.byteLength,
      changed: false,
    });
  }
  const tar = unpackChart(tgz);
  const files = parseTar(tar).map((file) => ({ type: file.type, data: file.data, name: wholeName(file, tar) }));
  if (files.length > mostFiles)
    throw new KeyrollError("limit_exceeded", `The chart has ${files.length} files; ${mostFiles} are taken.`, {
      field: "chart",
      limit: mostFiles,
      actual: files.length,
      changed: false,
    });
  for (const { name, type } of files) {
    if (name.startsWith("/") || name.split("/").includes("..") || name.includes("\0"))
      throw invalidChart("The chart's archive names a file outside its own folder.");
    if (links.has(String(type))) {
      throw invalidChart(`The chart's archive holds a link or device (${name.slice(0, 100)}).`);
    }
  }
  const found = files.filter(({ name }) => /^[^/]+\/Chart\.yaml$/u.test(name));
  const [chart] = found;
  if (chart?.data === undefined || found.length !== 1)
    throw invalidChart("The archive is not a chart: it needs exactly one folder with a Chart.yaml in it.");
  const folder = chart.name.slice(0, -"Chart.yaml".length);
  const inside = files.filter(({ name }) => name.startsWith(folder));
  return {
    read: (name) => {
      const file = inside.find((one) => one.name === folder + name);
      return file?.data === undefined ? null : new TextDecoder().decode(file.data);
    },
    files: () =>
      new Map(
        inside.flatMap(({ name, data }) => (data === undefined ? [] : [[name.slice(folder.length), data] as const])),
      ),
  };
};
