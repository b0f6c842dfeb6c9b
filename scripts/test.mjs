import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "keyroll-test-"));
const report = join(folder, "report.json");
const check = spawnSync(process.execPath, ["scripts/check.mjs"], { stdio: "inherit" });
const tests = spawnSync("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`], {
  stdio: "inherit",
});
const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
rmSync(folder, { recursive: true });
const failed = numFailedTests + (check.status === 0 ? 0 : 1);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exit(failed > 0 || tests.status !== 0 ? 1 : 0);
