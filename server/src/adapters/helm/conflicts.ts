import { KeyrollError } from "@keyroll/contract/errors";
import { parseAllDocuments } from "yaml";
import type { FieldConflict, Rendered } from "../../ports/target.ts";
import { KubeConflict } from "../kubernetes/answers.ts";
import type { KubeClient } from "../kubernetes/client.ts";
import { isJson, list, text, type Json } from "../kubernetes/json.ts";
import { addedKinds, ownKinds, pathOf } from "../kubernetes/kinds/kinds.ts";

/** Under which name Helm 4 applies. */
const manager = "helm";

const objectsOf = (manifest: string): Json[] =>
  parseAllDocuments(manifest).flatMap((document): Json[] => {
    if (!("contents" in document) || document.errors.length > 0) return [];
    const object: unknown = document.toJS();
    return isJson(object) ? [object] : [];
  });

/** Whether Helm keeps this object by server-side apply: only then can it come into conflict. */
const isApplied = (object: Json): boolean =>
  list(object, "metadata", "managedFields").some(
    (entry) => text(entry, "manager") === manager && text(entry, "operation") === "Apply",
  );

const conflictsOf = (object: Json, error: KubeConflict): FieldConflict[] =>
  error.causes.map(({ message, field }) => ({
    kind: text(object, "kind") ?? "",
    name: text(object, "metadata", "name") ?? "",
    manager: /conflict with "([^"]+)"/u.exec(message)?.[1] ?? "another manager",
    field,
  }));

/** What applying the workloads of a chart would fail over, tried without effect and with Helm's identity. */
export const fieldConflicts = async (
  client: KubeClient,
  namespace: string,
  rendered: Rendered,
  signal: AbortSignal,
): Promise<FieldConflict[]> => {
  const found: FieldConflict[] = [];
  for (const object of objectsOf(rendered.manifest)) {
    const kind = [...ownKinds, ...addedKinds].find(
      (one) => text(object, "kind") === one.kind && text(object, "apiVersion") === `${one.group}/${one.version}`,
    );
    const name = text(object, "metadata", "name");
    if (kind === undefined || name === null) continue;
    const path = `${pathOf(kind, text(object, "metadata", "namespace") ?? namespace)}/${name}`;
    try {
      const live = await client.find(path, { signal });
      if (live === null || !isApplied(live)) continue;
      await client.patch(path, object, "apply", { signal, query: { fieldManager: manager, dryRun: "All" } });
    } catch (error) {
      if (error instanceof KubeConflict) found.push(...conflictsOf(object, error));
      // What else is wrong with it Helm says itself, in the words that people know.
      else if (!(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    }
  }
  return found;
};
