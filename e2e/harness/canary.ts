import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Every form in which a value could lie somewhere: as it is, in hex, and in base64 at each of its three offsets. */
const forms = (canary: string): string[] => {
  const bytes = Buffer.from(canary);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/u, "");
    // The letters at both ends also hold bits of the neighbours.
    return text.slice(offset === 0 ? 0 : 4, -2);
  });
  return [canary, bytes.toString("hex"), bytes.toString("hex").toUpperCase(), encodeURIComponent(canary), ...base64];
};

/** Names of the places in which the canary lies. */
export const placesOf = (canary: string, places: ReadonlyMap<string, Uint8Array | string>): string[] => {
  const needles = forms(canary).map((needle) => Buffer.from(needle));
  return [...places].flatMap(([name, content]) => {
    const bytes = Buffer.from(content as Uint8Array);
    return needles.some((needle) => bytes.includes(needle)) ? [name] : [];
  });
};

/** Every file below a folder. */
export const filesBelow = (folder: string): Map<string, Uint8Array> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      if (!entry.isFile()) return [];
      const path = join(entry.parentPath, entry.name);
      try {
        return [[path, new Uint8Array(readFileSync(path))] as const];
      } catch {
        // Gone between listing and reading: a work file of a step.
        return [];
      }
    }),
  );

/** Arguments and environment of a process and of all its descendants, as they are now. */
export const processTree = (pid: number): Map<string, string> => {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/u.test(one))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It has ended.
    }
  }
  const isBelow = (one: number | undefined): boolean =>
    one !== undefined && one > 0 && (one === pid || isBelow(parents.get(one)));
  const found = new Map<string, string>();
  for (const one of [...parents.keys()].filter(isBelow)) {
    for (const what of ["cmdline", "environ"]) {
      try {
        found.set(`${one} ${what}`, readFileSync(`/proc/${one}/${what}`, "utf8"));
      } catch {
        // It has ended.
      }
    }
  }
  return found;
};

/** A Helm release as it lies in its Secret, unpacked. */
export const unpackRelease = (data: string): string =>
  gunzipSync(Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64")).toString("utf8");
