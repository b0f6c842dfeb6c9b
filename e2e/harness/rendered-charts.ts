import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Small charts in the shapes of ten that many people use, what Helm makes of them, and what is to be found there. */
const folder = fileURLToPath(new URL("../../preflight/fixtures", import.meta.url));

interface Expected {
  readonly keys: readonly string[];
  /** `severity rule kind/name container key`; what does not apply is left out. */
  readonly findings: readonly string[];
}

export interface RenderedChart extends Expected {
  readonly name: string;
  readonly folder: string;
  /** Release `app` in the namespace `shop`; what is random in it is the text `random`. */
  readonly manifest: string;
}

export const renderedCharts = (): RenderedChart[] => {
  const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Record<string, Expected>;
  return readdirSync(join(folder, "charts")).map((name) => ({
    name,
    folder: join(folder, "charts", name),
    manifest: readFileSync(join(folder, "rendered", `${name}.yaml`), "utf8"),
    ...expected[name]!,
  }));
};

interface Named {
  readonly severity: string;
  readonly rule: string;
  readonly object: { readonly kind: string; readonly name: string } | null;
  readonly container: string | null;
  readonly key: string | null;
}

/** A finding as `expected.json` writes it. */
export const shortly = ({ severity, rule, object, container, key }: Named): string =>
  [severity, rule, object === null ? null : `${object.kind}/${object.name}`, container, key]
    .filter((one) => one !== null)
    .join(" ");
