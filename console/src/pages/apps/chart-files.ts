import { KeyrollError } from "@keyroll/contract/errors";

/** A file of a chart, with its path inside the chart's folder. */
export interface ChartFile {
  readonly path: string;
  readonly file: File;
}

/** What `releases.push` takes. */
export type ChartBody =
  | { readonly archive: string }
  | { readonly files: { readonly path: string; readonly content: string }[] };

/** Bytes that a chart may have, unpacked or packed. */
const most = 10 * 1024 * 1024;

/** In parts: a call takes only so many arguments. */
const part = 32_768;

const base64 = async (file: File): Promise<string> => {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += part) text += String.fromCodePoint(...bytes.subarray(at, at + part));
  return btoa(text);
};

const readDirectory = async (entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = entry.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives a part at a time, and nothing when it is done.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
};

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const walk = async (entry: FileSystemEntry, below: string): Promise<ChartFile[]> => {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: `${below}${entry.name}`, file }];
  }
  if (!isDirectory(entry)) return [];
  const children = await readDirectory(entry);
  const found = await Promise.all(children.map(async (child) => await walk(child, `${below}${entry.name}/`)));
  return found.flat();
};

/** What was dropped: files, and folders with everything in them. The list of items is only good during the event. */
export const droppedFiles = async (items: DataTransferItemList): Promise<ChartFile[]> => {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (await Promise.all(entries.map(async (entry) => await walk(entry, "")))).flat();
};

/** What a file picker gave; a chosen folder brings the paths along. */
export const chosenFiles = (files: FileList): ChartFile[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath, file }));

/** Paths inside the chart: relative to the folder that holds the topmost Chart.yaml. Null without one. */
export const insideChart = (paths: readonly string[]): ReadonlyMap<string, string> | null => {
  const roots = paths
    .filter((path) => path === "Chart.yaml" || path.endsWith("/Chart.yaml"))
    .map((path) => path.slice(0, -"Chart.yaml".length));
  const root = roots.toSorted((a, b) => a.length - b.length)[0];
  if (root === undefined) return null;
  return new Map(paths.filter((path) => path.startsWith(root)).map((path) => [path, path.slice(root.length)]));
};

/**
 * Makes the body of `releases.push` from a `.tgz` or a chart's folder.
 *
 * @throws KeyrollError `invalid` for anything else, `limit_exceeded` above 10 MiB
 */
export const chartBody = async (files: readonly ChartFile[]): Promise<ChartBody> => {
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  if (bytes > most)
    throw new KeyrollError("limit_exceeded", `The chart has ${bytes} bytes; ${most} are allowed.`, {
      limit: most,
      actual: bytes,
      changed: false,
    });
  const [only] = files;
  if (only !== undefined && files.length === 1 && /\.(tgz|tar\.gz)$/u.test(only.path))
    return { archive: await base64(only.file) };
  const inside = insideChart(files.map(({ path }) => path));
  if (inside === null)
    throw new KeyrollError("invalid", "This is neither a packed chart (.tgz) nor a folder with a Chart.yaml.", {
      next: "Drop the chart's folder itself, or what `helm package` made of it.",
      changed: false,
    });
  const chosen = files.flatMap(({ path, file }) => {
    const own = inside.get(path);
    return own === undefined ? [] : [{ path: own, file }];
  });
  return {
    files: await Promise.all(chosen.map(async ({ path, file }) => ({ path, content: await base64(file) }))),
  };
};
