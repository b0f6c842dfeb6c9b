import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { expect, test } from "vitest";
import { ask, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

let server: TestServer;
let at = "";
withServer((started) => {
  ({ server, base: at } = started);
});

let pushed = 0;
/** Pushes a package of these files, and reads the release. */
const released = async (files: Readonly<Record<string, string>>): Promise<any> => {
  pushed += 1;
  const chart = { "Chart.yaml": `apiVersion: v2\nname: shop\nversion: 1.0.${pushed}\n`, ...files };
  const tar = createTar(Object.entries(chart).map(([name, data]) => ({ name: `shop/${name}`, data })));
  const archive = gzipSync(tar).toString("base64");
  const { status, body } = await ask(server, "POST /apps/shop/releases", { body: { archive } });
  expect(status).toBe(201);
  return (await ask(server, `GET /apps/shop/releases/${body.release.version}`)).body;
};

test("a release comes with the chart's own values and their schema, not with those of its parts", async () => {
  const schema = { type: "object", properties: { replicas: { type: "integer" } } };
  const read = await released({
    "charts/part/values.yaml": "part: true\n",
    "charts/part/values.schema.json": "{}",
    "values.yaml": "# how many\nreplicas: 1\n",
    "values.schema.json": JSON.stringify(schema),
  });
  expect(read.release).toMatchObject({ chart: "shop", version: "1.0.1" });
  expect(read).toMatchObject({ values: "# how many\nreplicas: 1\n", valuesCut: false, schema });
});

test("a chart without values, with a schema that is none, and with very long values", async () => {
  expect(await released({})).toMatchObject({ values: "", valuesCut: false, schema: null });
  for (const text of ["not json", "[]", "null", `{"a":"${"x".repeat(300_000)}"}`])
    expect((await released({ "values.schema.json": text })).schema, text.slice(0, 20)).toBeNull();
  const long = await released({ "values.yaml": "a: 1\n".repeat(60_000) });
  expect([long.values.length, long.valuesCut]).toEqual([256 * 1024, true]);
});

test("older Helm values can be read, and the versions are listed with who and when", async () => {
  for (const [version, text] of ["a: 1\n", "a: 2\nb: é\n", "a: 3\n"].entries())
    expect((await ask(server, `PUT ${at}/values`, { ifMatch: version, body: { text } })).status).toBe(200);
  expect((await ask(server, `GET ${at}/values`)).body).toMatchObject({ version: 3, text: "a: 3\n" });
  const second = await ask(server, `GET ${at}/values?version=2`);
  expect(second.body).toMatchObject({ version: 2, text: "a: 2\nb: é\n", savedBy: "bootstrap" });
  const missing = await ask(server, `GET ${at}/values?version=4`);
  expect([missing.status, missing.body.actual]).toEqual([404, 4]);
  const { items } = (await ask(server, `GET ${at}/values/history`)).body;
  expect(items.map(({ version, bytes, savedBy }: any) => [version, bytes, savedBy])).toEqual([
    [3, 5, "bootstrap"],
    [2, 11, "bootstrap"],
    [1, 5, "bootstrap"],
  ]);
  expect(items[1].savedAt).toBe(second.body.savedAt);
  const first = (await ask(server, `GET ${at}/values/history?limit=2`)).body;
  const rest = (await ask(server, `GET ${at}/values/history?limit=2&cursor=${first.next}`)).body;
  expect([...first.items, ...rest.items]).toEqual(items);
  expect(rest.next).toBeNull();
});
