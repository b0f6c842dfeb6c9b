import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import { chartBody, insideChart } from "./chart-files.ts";

const file = (path: string, text: string) => ({ path, file: new File([text], path.split("/").at(-1) ?? path) });

test("a packed chart goes as it is", async () => {
  expect(await chartBody([file("shop-1.2.3.tgz", "packed")])).toEqual({ archive: btoa("packed") });
});

test("a folder goes file by file, with paths inside the chart", async () => {
  const body = await chartBody([
    file("shop/Chart.yaml", "name: shop"),
    file("shop/templates/api.yaml", "kind: Deployment"),
    file("shop/charts/redis/Chart.yaml", "name: redis"),
    file("README.md", "beside it"),
  ]);
  expect(body).toEqual({
    files: [
      { path: "Chart.yaml", content: btoa("name: shop") },
      { path: "templates/api.yaml", content: btoa("kind: Deployment") },
      { path: "charts/redis/Chart.yaml", content: btoa("name: redis") },
    ],
  });
});

test("the topmost Chart.yaml is the chart's", () => {
  expect([...(insideChart(["a/charts/b/Chart.yaml", "a/Chart.yaml", "c/x"]) ?? []).keys()]).toEqual([
    "a/charts/b/Chart.yaml",
    "a/Chart.yaml",
  ]);
  expect(insideChart(["MyChart.yaml"])).toBeNull();
});

test("anything else is refused before it is sent", async () => {
  const refusal = await chartBody([file("notes.txt", "x")]).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(KeyrollError);
  expect(refusal).toMatchObject({ code: "invalid" });
  const large = { path: "a.tgz", file: { size: 10 * 1024 * 1024 + 1 } as File };
  expect(await chartBody([large]).catch((error: unknown) => error)).toMatchObject({ code: "limit_exceeded" });
});
