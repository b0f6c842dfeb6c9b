import { at, type Rule } from "../rule.ts";

/** Bytes of data that Kubernetes takes in a Secret, in which Helm keeps the release. */
const most = 1024 * 1024;

/** Helm keeps chart, values and manifest in one Secret. */
export const releaseTooLarge: Rule = {
  id: "release-too-large",
  about:
    "Helm keeps the whole release (chart, values, manifest) in one Secret of at most 1 MiB, packed. A larger one fails at the end of the upgrade.",
  *check({ releaseBytes = null }) {
    if (releaseBytes === null || releaseBytes <= most * 0.9) return;
    const isOver = releaseBytes > most;
    yield {
      ...at(null),
      severity: isOver ? "error" : "warning",
      message: `The release takes ${releaseBytes} bytes where Helm keeps it; ${most} fit${isOver ? "" : ", so it is nearly full"}.`,
      fix: "Name files that the chart does not need in .helmignore, or make large ConfigMaps smaller.",
    };
  },
};
