import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";

/** Name of the file that `keyroll link` writes. It holds names only and may be committed. */
export const linkName = ".keyroll.json";

export interface Link {
  readonly path: string;
  readonly app: string | null;
  readonly env: string | null;
}

/** The nearest link of this folder or one above it. */
export const findLink = async (cwd: string): Promise<Link | null> => {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, linkName);
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        parsed = null;
      }
      if (typeof parsed !== "object" || parsed === null)
        throw new KeyrollError("invalid", `${path} is not JSON.`, {
          // With both names the file is not read.
          next: "Write it again in its folder: `keyroll link --app NAME --env NAME`.",
        });
      const name = (field: string): string | null => {
        const value: unknown = Reflect.get(parsed, field);
        return typeof value === "string" ? value : null;
      };
      return { path, app: name("app"), env: name("env") };
    }
    if (folder === dirname(folder)) return null;
  }
};
