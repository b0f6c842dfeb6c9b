import { KeyrollError } from "@keyroll/contract/errors";
import type { FieldConflict, RenderedObject } from "../../ports/target.ts";
import { KubeConflict } from "../kubernetes/answers.ts";
import type { KubeClient } from "../kubernetes/client.ts";
import { list, text, type Json } from "../kubernetes/json.ts";
import { addedKinds, ownKinds, pathOf } from "../kubernetes/kinds/kinds.ts";

/** Under which name Helm 4 applies. */
const manager = "helm";

/** Whether Helm keeps this object by server-side apply: only then can it come into conflict. */
const isApplied = (object: Json): boolean =>
  list(object, "metadata", "managedFields").some(
    (entry) => text(entry, "manager") === manager && text(entry, "operation") === "Apply",
  );

const conflictsOf = ({ kind, name }: RenderedObject, error: KubeConflict): FieldConflict[] =>
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
  for (const object of objects) {
    const kind = [...ownKinds, ...addedKinds].find(
      (one) => object.kind === one.kind && object.apiVersion === `${one.group}/${one.version}`,
    );
    if (kind === undefined || object.name === "") continue;
    const path = `${pathOf(kind, object.namespace ?? namespace)}/${object.name}`;
    try {
      const live = await client.find(path, { signal });
      if (live === null || !isApplied(live)) continue;
      await client.patch(path, object.body, "apply", { signal, query: { fieldManager: manager, dryRun: "All" } });
    } catch (error) {
      if (error instanceof KubeConflict) found.push(...conflictsOf(object, error));
      // What else is wrong with it Helm says itself, in the words that people know.
      else if (!(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    }
  }
  return found;
};
