// npm run bench [-- [--rounds N] [--dry] [G4 G9 ...]]: measures side by side and writes bench/RESULTS.md.
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { g1 } from "./g1-store-save.ts";
import { g2 } from "./g2-import-pattern.ts";
import { g3 } from "./g3-sleep-pattern.ts";
import { g4 } from "./g4-save.ts";
import { g7 } from "./g7-restart.ts";
import { g8 } from "./g8-deployment.ts";
import { g9 } from "./g9-cli-start.ts";
import { g10 } from "./g10-cli-values.ts";
import { g11 } from "./g11-console.ts";
import { g12 } from "./g12-server.ts";
import { g14 } from "./g14-sweep.ts";
import { g15 } from "./g15-preflight.ts";
import { bareNode, inFolder, plainEnv } from "./programs.ts";
import { verdict, writeSection } from "./results.ts";
import { spread } from "./rounds.ts";

const measures = [g1, g2, g3, g4, g7, g8, g9, g10, g11, g12, g14, g15];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "11" }, dry: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const unknown = positionals.filter((id) => !measures.some((measure) => measure.id === id));
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`npm run bench [-- [--rounds N] [--dry] [${measures.map(({ id }) => id).join(" ")}]]`);
  process.exit(2);
}
/** Milliseconds of `node -e 0`, the median of nine. */
const paceOfTheMachine = async (): Promise<number> =>
  await inFolder(async (home) => {
    const start = bareNode(plainEnv(home));
    const starts: number[] = [];
    for (let turn = 0; turn < 9; turn++) starts.push(await start());
    return spread(starts).median;
  });

await build();
for (const measure of measures.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
  console.log(`\n${measure.id} ${measure.title} (floor: ${measure.floor})`);
  try {
    const node = await paceOfTheMachine();
    const measured = await measure.run(rounds);
    for (const figure of measured.figures)
      console.log(`  ${figure.what}: ${figure.figure}; ${figure.against}; goal ${figure.goal}: ${verdict(figure)}`);
    for (const note of measured.notes) console.log(`  ${note}`);
    // Fewer rounds are for trying the programs out.
    if (!values.dry && rounds >= 7) writeSection(measure, measured, rounds, node);
  } catch (error) {
    console.error(`  not measured: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}`);
    process.exitCode = 1;
  }
}
