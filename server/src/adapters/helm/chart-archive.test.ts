import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

test.each(["ustar", "pax"])(
  "a file is found under its whole name when that is over 100 characters, format %s",
  (format) => {
    const folder = mkdtempSync(join(tmpdir(), "keyroll-chart-"));
    try {
      const long = `templates/${"a".repeat(60)}/${"b".repeat(60)}.yaml`;
      for (const [name, content] of [
        ["Chart.yaml", "name: shop\nversion: 1.0.0\n"],
        [long, "kind: ConfigMap\n"],
      ] as const) {
        mkdirSync(dirname(join(folder, "shop", name)), { recursive: true });
        writeFileSync(join(folder, "shop", name), content);
      }
      const chart = openChart(execFileSync("tar", [`--format=${format}`, "-czf", "-", "-C", folder, "shop"]));
      expect([...chart.files().keys()].toSorted()).toEqual(["Chart.yaml", long]);
      expect(chart.read(long)).toBe("kind: ConfigMap\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
