import { parseDotenv } from "./dotenv/parse.ts";
import { checkKey } from "./keys.ts";

/** A key that a chart's own contract names. */
export interface RequiredKey {
  readonly key: string;
  /** File of the chart that says so. */
  readonly source: string;
}

/**
 * The keys that a chart says it needs: the annotation `keyroll.dev/requires` of its Chart.yaml (names between commas
 * or spaces), and the names in its `.env.example`, a name with a value there being as much a need as one without.
 * What is no key is left out.
 */
export const requiredKeys = (chart: {
  readonly annotation: string | null;
  readonly envExample: string | null;
}): RequiredKey[] => {
  const named = (chart.annotation ?? "").split(/[\s,]+/u).map((key) => ({ key, source: "Chart.yaml" }));
  const example =
    chart.envExample === null
      ? []
      : parseDotenv(chart.envExample).entries.map(({ key }) => ({ key, source: ".env.example" }));
  const found = new Map<string, RequiredKey>();
  for (const one of [...named, ...example])
    if (!found.has(one.key) && checkKey(one.key) === null) found.set(one.key, one);
  return [...found.values()];
};
