import type { KubeClient } from "./client.ts";
import { marks } from "./app-secrets.ts";
import { at, text } from "./json.ts";
import { rolledKinds } from "./workloads.ts";

/** Sets our annotation on pod templates, so that they roll; the same mark twice is one change. */
export const markTemplates = async (
  client: KubeClient,
  namespace: string,
  wanted: readonly { readonly kind: string; readonly name: string; readonly mark: string }[],
): Promise<number> => {
  let changed = 0;
  for (const { kind, name, mark } of wanted) {
    const plural = rolledKinds.find(([one]) => one === kind)?.[1];
    if (plural === undefined) continue;
    const path = `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`;
    const object = await client.find(path);
    if (object === null || at(object, "spec", "paused") === true) continue;
    if (text(object, "spec", "template", "metadata", "annotations", marks.restart) === mark) continue;
    await client.patch(
      path,
      { spec: { template: { metadata: { annotations: { [marks.restart]: mark } } } } },
      "strategic",
      { query: { fieldManager: "keyroll" } },
    );
    changed++;
  }
  return changed;
};
