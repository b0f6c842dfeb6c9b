import type { Target } from "../../ports/target.ts";

/**
 * Processes started with `keyroll run`: they read their values from Keyroll itself and report what they run, so
 * there is no mirror to write and nothing to roll; the proof reads their reports.
 */
export const processTarget = (now: () => number): Target => ({
  render: async () => null,
  conflicts: async () => [],
  rights: async () => null,
  mirror: async () => null,
  values: async () => null,
  secretNamed: async () => null,
  glance: async () => null,
  compare: async () => null,
  release: async () => null,
  write: async () => {
    throw new TypeError("a process target has no mirror");
  },
  roll: async function* () {
    yield { type: "done" };
  },
  observe: async () => ({ workloads: [], pods: [], objects: [], at: now() }),
  recover: async () => [],
  evict: async () => ({ gone: [], refused: [] }),
  uninstall: async () => undefined,
});
