import type { ReleaseFacts, Target } from "../ports/target.ts";
import type { DriftEntry } from "./known-drift.ts";

const kindOf = ({ status, description }: ReleaseFacts): DriftEntry["kind"] => {
  if (description?.startsWith("Rollback") === true) return "rolled-back";
  return status === "deployed" || status === "superseded" ? "upgraded" : "changed";
};

/**
 * What others did with the Helm release since the deployment that left this revision; one that was accepted counts as
 * ours. Their values and what the chart holds stay theirs: Keyroll does not know them.
 */
export const releaseDrift = async (
  target: Pick<Target, "release">,
  left: number | null,
  accepted: number | null,
): Promise<readonly DriftEntry[]> => {
  if (left === null) return [];
  const known = accepted === null ? [left] : [left, accepted];
  const now = await target.release(known);
  if (now === null || (now.revision !== null && known.includes(now.revision))) return [];
  const entry = (kind: DriftEntry["kind"], message: string): DriftEntry => ({
    place: "release",
    key: null,
    kind,
    message,
    at: now.at,
    by: null,
  });
  if (now.revision === null)
    return [entry("uninstalled", `The Helm release was uninstalled; deployed was revision ${left}.`)];
  const chart = now.chart === null ? "" : `, ${now.chart}`;
  const words = now.description === null || now.description === "" ? "" : `: ${now.description.slice(0, 200)}`;
  return [
    entry(
      kindOf(now),
      `The Helm release is at revision ${now.revision} (${now.status ?? "?"}${chart}${words}); deployed was revision ${left}.`,
    ),
  ];
};
