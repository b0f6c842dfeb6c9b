import { KeyrollError } from "@keyroll/contract/errors";
import type { FieldConflict } from "../../ports/target.ts";
import type { RenderedObject } from "../../ports/rendered.ts";
import { KubeConflict } from "../kubernetes/answers.ts";
import type { KubeClient } from "../kubernetes/client.ts";
import { list, text, type Json } from "../kubernetes/json.ts";
import { addedKinds, ownKinds, pathOf } from "../kubernetes/kinds/kinds.ts";

/** Under which name Helm 4 applies. */
const manager = "helm";

/** Objects that are looked at at the same time: two requests each. */
const together = 8;

/** Whether Helm keeps this object by server-side apply: only then can it come into conflict. */
const isApplied = (object: Json): boolean =>
  list(object, "metadata", "managedFields").some(
    (entry) => text(entry, "manager") === manager && text(entry, "operation") === "Apply",
  );

const conflictsOf = (kind: string, name: string, error: KubeConflict): FieldConflict[] =>
  error.causes.map(({ message, field }) => ({
    kind,
    name,
    manager: /conflict with "([^"]+)"/u.exec(message)?.[1] ?? "another manager",
    field,
  }));

/** What applying the workloads of a chart would fail over, tried without effect and with Helm's identity. */
export const fieldConflicts = async (
  client: KubeClient,
  namespace: string,
  objects: readonly RenderedObject[],
  signal: AbortSignal,
): Promise<FieldConflict[]> => {
  const found: FieldConflict[] = [];
  const rest = objects.toReversed();
  const tryOne = async ({ apiVersion, kind: itsKind, namespace: own, name, body }: RenderedObject): Promise<void> => {
    const kind = [...ownKinds, ...addedKinds].find(
      (one) => itsKind === one.kind && apiVersion === `${one.group}/${one.version}`,
    );
    if (kind === undefined || name === "") return;
    const path = `${pathOf(kind, own ?? namespace)}/${name}`;
    try {
      const live = await client.find(path, { signal });
      if (live === null || !isApplied(live)) return;
      await client.patch(path, body, "apply", { signal, query: { fieldManager: manager, dryRun: "All" } });
    } catch (error) {
      if (error instanceof KubeConflict) found.push(...conflictsOf(itsKind, name, error));
      // What else is wrong with it Helm says itself, in the words that people know.
      else if (!(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    }
  };
  const worker = async (): Promise<void> => {
    for (let object = rest.pop(); object !== undefined; object = rest.pop()) await tryOne(object);
  };
  await Promise.all(Array.from({ length: Math.min(together, rest.length) }, worker));
  return found;
};
