import { checkChangeSet, type Checked } from "@keyroll/pairs";
import type { Manifest } from "../../ports/secret-store.ts";
import type { Host } from "../host.ts";
import type { EnvironmentRow } from "../subject.ts";
import type { Edit } from "./save.ts";

/** Every rule and limit that saving this on `manifest` would meet, the store's own among them. */
export const checkEdit = (
  host: Host,
  environment: EnvironmentRow,
  manifest: Manifest | null,
  { changes, confirmedRisky }: Pick<Edit, "changes" | "confirmedRisky">,
): Checked => {
  const { kind, label } = host.stores.kind(environment.storeKind);
  const capabilities = host.stores.capabilities(kind, JSON.parse(environment.storeSettings));
  return checkChangeSet(manifest?.entries ?? new Map(), changes, { label, ...capabilities }, { confirmedRisky });
};
