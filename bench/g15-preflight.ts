import { parseAllDocuments } from "yaml";
import { nothingParsed, parseManifests, preflight } from "@keyroll/preflight";
import { withUnit, type Measure } from "./measure.ts";
import { alternate, spread } from "./rounds.ts";

const mega = 1024 * 1024;
const keys = Array.from({ length: 100 }, (_, n) => `KEY_${n}`);

const env = (from: number): string =>
  keys
    .slice(from, from + 20)
    .map(
      (key) =>
        `            - name: ${key}\n              valueFrom:\n                secretKeyRef:\n                  name: app-secrets\n                  key: ${key}\n`,
    )
    .join("");

/** A Deployment with 20 references; `roll` is what differs between two renders. */
const deployment = (n: number, roll: string): string => `---
# Source: shop/templates/api-${n}.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api-${n}
  labels: {app.kubernetes.io/name: shop, app.kubernetes.io/instance: shop}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: api-${n}
  template:
    metadata:
      annotations:
        rollme: "${roll}"
      labels:
        app: api-${n}
    spec:
      containers:
        - name: main
          image: "registry.example.com/shop/api:1.2.3"
          args: ["--listen", ":8080"]
          env:
${env((n * 20) % 100)}          ports:
            - containerPort: 8080
              name: http
`;

/** A ConfigMap of 512 KiB, as dashboards are. */
const configMap = (n: number): string => `---
# Source: shop/templates/dashboard-${n}.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard-${n}
data:
  dashboard.json: |
${'    {"title": "Requests", "expr": "sum(rate(http_requests_total{job=\\"api\\"}[5m]))", "legend": "{{code}}"},\n'.repeat(5200)}`;

const filled = (part: (n: number) => string): string => {
  const parts: string[] = [];
  for (let size = 0; size < 10 * mega; size += parts.at(-1)?.length ?? mega) parts.push(part(parts.length));
  return parts.join("");
};

/** Both renders, as a deployment has them, and what is found in them. */
const look = (first: string, second: string): number => {
  const parsed = nothingParsed();
  const began = performance.now();
  preflight({
    objects: parseManifests(first, "manifest", parsed),
    again: parseManifests(second, "manifest", parsed),
    keys: new Map(keys.map((key) => [key, { bytes: 20, nul: false, utf8: true }])),
    secretName: "app-secrets",
    namespace: "shop",
    helmMajor: 4,
    restart: "auto",
  });
  return performance.now() - began;
};

/** Parsing of both renders and every rule, beside what Helm takes. */
export const g15: Measure = {
  id: "G15",
  title: "Preflight of 10 MiB",
  floor: "reading the manifest once",
  run: async (rounds) => {
    // One workload in ten has a random annotation, the others are alike in both renders.
    const many = (roll: string) => filled((n) => deployment(n, n % 10 === 0 ? roll : "always"));
    const random = (roll: string) => filled((n) => deployment(n, roll));
    const large = filled((n) => (n === 0 ? deployment(0, "always") : configMap(n)));
    const texts = {
      many: [many("abcde"), many("fghij")],
      random: [random("abcde"), random("fghij")],
      large: [large, large],
    };
    const side = (name: keyof typeof texts) => async () => look(texts[name][0] ?? "", texts[name][1] ?? "");
    const ms = await alternate(rounds, { many: side("many"), random: side("random"), large: side("large") });
    const tenth = texts.many[0]?.slice(0, mega) ?? "";
    const began = performance.now();
    for (const part of tenth.split(/^---$/mu))
      parseAllDocuments(part).map((one) => ("toJS" in one ? one.toJS() : null));
    const library = performance.now() - began;
    const figure = (what: string, times: readonly number[]) => ({
      what,
      figure: withUnit(spread(times), "ms"),
      against: `1 MiB once by the yaml package ${library.toFixed(0)} ms`,
      goal: "< 1,000 ms",
      met: spread(times).median < 1000,
    });
    return {
      figures: [
        figure("many documents, one in ten random", ms.many),
        figure("many documents, every one random", ms.random),
        figure("large ConfigMaps", ms.large),
      ],
      notes: [
        "Two renders are parsed and every rule is run. Documents that are alike in both are parsed once, and of one that differs in a few values only these are read again.",
      ],
    };
  },
};
