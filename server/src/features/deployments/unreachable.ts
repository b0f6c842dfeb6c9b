import { KeyrollError } from "@keyroll/contract/errors";
import type { Job } from "./job.ts";

/** Stands in when the target could not even be opened: nothing of it is called while a failure is recorded. */
export const unreachable = {
  render: async () => null,
  conflicts: async () => [],
  rights: async () => null,
  mirror: async () => null,
  values: async () => null,
  secretNamed: async () => null,
  glance: async () => null,
  compare: async () => null,
  release: async () => null,
  write: async () => await Promise.reject(new KeyrollError("internal", "no target")),
  // eslint-disable-next-line require-yield
  roll: async function* () {
    throw new KeyrollError("internal", "no target");
  },
  observe: async () => ({ workloads: [], pods: [], objects: [], at: 0 }),
  recover: async () => [],
  evict: async () => ({ gone: [], refused: [] }),
  uninstall: async () => undefined,
} satisfies Job["target"];
