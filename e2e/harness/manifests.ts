import { parseManifests, preflight, type KeyFacts, type PreflightInput } from "@keyroll/preflight";

const text = { bytes: 5, nul: false, utf8: true };

export const saved = (...keys: readonly string[]): Map<string, KeyFacts> => new Map(keys.map((key) => [key, text]));

/** A workload of a chart, in YAML flow style where it is short. */
export const workload = (options: {
  readonly kind?: string;
  readonly api?: string;
  readonly name?: string;
  readonly container?: string;
  readonly pod?: string;
  readonly annotations?: string;
  readonly spec?: string;
  readonly head?: string;
}): string => {
  const { kind = "Deployment", name = "api", api = "apps/v1" } = options;
  const { container = "", pod = "", annotations = "", spec = "", head = "" } = options;
  const template = `metadata: {labels: {app: ${name}}, annotations: {${annotations}}}, spec: {containers: [{name: main, image: x, ${container}}], ${pod}}`;
  const body =
    kind === "Pod"
      ? `spec: {containers: [{name: main, image: x, ${container}}], ${pod}}`
      : kind === "CronJob"
        ? `spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {${template}}}}}`
        : kind === "PodTemplate"
          ? `template: {${template}}`
          : `spec: {${spec} selector: {matchLabels: {app: ${name}}}, template: {${template}}}`;
  return `---\n# Source: shop/templates/${name}.yaml\napiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}, ${head}}\n${body}\n`;
};

export const env = (key: string, name = key, more = ""): string =>
  `env: [{name: ${name}, valueFrom: {secretKeyRef: {name: app-secrets, key: ${key}${more}}}}]`;
export const allKeys = "envFrom: [{secretRef: {name: app-secrets}}]";
/** Random: the second render has another text. */
export const rollme = "rollme: abcde";

export const object = (kind: string, name: string, rest: string, api = "v1"): string =>
  `---\n# Source: shop/templates/${kind.toLowerCase()}.yaml\napiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`;
export const secret = (name: string, more = ""): string =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${name}${more}}\n`;
export const rolled = (container: string, pod = ""): string => workload({ container, pod, annotations: rollme });
export const service = (name: string, spec = "ports: [{port: 6379, name: tcp-redis}]"): string =>
  object("Service", name, `spec: {${spec}}`);
export const required = (...keys: readonly string[]) => keys.map((key) => ({ key, source: "Chart.yaml" }));

export type Checked = Partial<PreflightInput> & { readonly hook?: string };

export const check = (manifest: string, options: Checked = {}): ReturnType<typeof preflight> =>
  preflight({
    objects: [...parseManifests(manifest, "manifest"), ...parseManifests(options.hook ?? "", "hook")],
    again: parseManifests(manifest.replaceAll("abcde", "fghij"), "manifest"),
    keys: saved("A", "B"),
    secretName: "app-secrets",
    namespace: "shop",
    helmMajor: 4,
    restart: "auto",
    ...options,
  });

/** `severity rule container key` of each finding; unused keys are left out, for most cases have some. */
export const found = (manifest: string, options: Checked = {}): string[] =>
  check(manifest, options)
    .findings.filter(({ rule }) => rule !== "unused-keys")
    .map(({ severity, rule, key, container }) =>
      [severity, rule, container, key].filter((one) => one !== null).join(" "),
    );
