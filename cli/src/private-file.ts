import { access, constants, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** A folder in memory where there is one, so that values never reach a disk. */
const memoryFolder = async (env: Env): Promise<{ folder: string; inMemory: boolean }> => {
  for (const folder of [env["XDG_RUNTIME_DIR"] ?? "", "/dev/shm"]) {
    if (folder === "") continue;
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (writable) return { folder, inMemory: true };
  }
  return { folder: tmpdir(), inMemory: false };
};

export interface PrivateFile {
  readonly path: string;
  /** false: the machine has no folder in memory, the file lies on its disk. */
  readonly inMemory: boolean;
  remove(): Promise<void>;
}

/** A file in a folder of its own that only this person can enter. */
export const makePrivateFile = async (env: Env, name: string, text: string): Promise<PrivateFile> => {
  const { folder, inMemory } = await memoryFolder(env);
  const own = await mkdtemp(join(folder, "keyroll-"));
  const path = join(own, name);
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return { path, inMemory, remove: async () => await rm(own, { recursive: true, force: true }) };
};
