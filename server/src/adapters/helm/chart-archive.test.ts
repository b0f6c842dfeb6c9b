import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openChart } from "./chart-archive.ts";

/** A tar with Chart.yaml and one more entry, as a link: type 1 is a hard one, 2 a symbolic one. */
const archive = (type: string): Uint8Array => {
  const entry = (name: string, flag: string, content: string): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write(flag, 156);
    header.write(flag === "0" ? "" : "../../etc/passwd", 157);
    const body = Buffer.alloc(512 * Math.ceil(content.length / 512));
    body.write(content);
    return Buffer.concat([header, body]);
  };
  const files = [entry("shop/Chart.yaml", "0", "name: shop\nversion: 1.0.0\n"), entry("shop/a.txt", type, "")];
  return gzipSync(Buffer.concat([...files, Buffer.alloc(1024)]));
};

test.each(["1", "2"])("a link in a chart's archive is refused, type %s", (type) => {
  expect(() => openChart(archive(type))).toThrow(/holds a link or device \(shop\/a\.txt\)/u);
});

test("the same with a file is taken", () => {
  expect(openChart(archive("0")).read("Chart.yaml")).toContain("name: shop");
});
