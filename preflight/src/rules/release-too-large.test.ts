import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("release-too-large");

says("over 1 MiB", "", "error", { releaseBytes: 1_048_577 });
says("nearly", "", "warning", { releaseBytes: 1_000_000 });
silent("small", "", { releaseBytes: 100_000 });
silent("not known", "");
