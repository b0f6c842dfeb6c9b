import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";

const program = fileURLToPath(new URL("./post-render.ts", import.meta.url));

/** What Helm applies of these manifests when the Deployments `shop` and `jobs` are marked. */
const rendered = (manifests: string): string => {
  const marks = ["shop", "jobs"].map((name) => ({ kind: "Deployment", name, mark: "12345" }));
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    input: manifests,
    env: { KEYROLL_MARKS: JSON.stringify(marks) },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout;
};

const deployment = (template: string, head = ""): string =>
  `---\n# Source: shop/templates/api.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n${head}spec:\n  template:\n${template}`;

test("numbers of a marked template stay as they are written: the mode of a file is octal", () => {
  const found = rendered(
    deployment(
      "    spec:\n      containers: [{name: a, args: [1_000, 0x1f, 1e3, yes, ~]}]\n      volumes:\n        - name: s\n          secret:\n            secretName: app-secrets\n            defaultMode: 0400\n",
    ),
  );
  expect(found).toContain("defaultMode: 0400\n");
  expect(found).toContain("[ 1_000, 0x1f, 1e3, yes, ~ ]");
  expect(found).toContain('keyroll.dev/restart: "12345"');
});

test("a mark comes to what an anchor or a merge already puts there, and to this place alone", () => {
  // Helm 4 notes the file in the object, and takes it out of there again.
  const note = { "postrenderer.helm.sh/postrender-filename": "a.yaml" };
  const shared = `annotations: &all {scrape: "true", ${JSON.stringify(note).slice(1, -1)}}`;
  const { metadata, spec } = parse(
    rendered(deployment("    metadata:\n      annotations: *all\n", `  ${shared}\n`)),
  ) as Record<string, object>;
  expect(metadata).toEqual({ name: "shop", annotations: { scrape: "true", ...note } });
  expect(spec).toEqual({
    template: { metadata: { annotations: { scrape: "true", "keyroll.dev/restart": "12345" } } },
  });
  const merged = rendered(deployment("    <<: *base\n", "x-base: &base {metadata: {labels: {app: shop}}}\n"));
  expect(parse(merged, { merge: true })).toMatchObject({
    spec: { template: { metadata: { labels: { app: "shop" }, annotations: { "keyroll.dev/restart": "12345" } } } },
  });
});

test("workloads in a List are marked like others, and its other objects are left alone", () => {
  const list =
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: shop}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: jobs}, spec: {template: {spec: {}}}}\n";
  expect(parse(rendered(list))).toMatchObject({
    items: [
      { kind: "Service", metadata: { name: "shop" } },
      { spec: { template: { metadata: { annotations: { "keyroll.dev/restart": "12345" } } } } },
    ],
  });
});

test("what is not marked keeps its text, byte for byte", () => {
  const other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {a:   'x'}   # as it is\n";
  expect(rendered(other)).toBe(other);
});
