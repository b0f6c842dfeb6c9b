import { expect, test } from "vitest";
import type { RollEvent } from "../../ports/target.ts";
import { systemClock } from "../clock/system.ts";
import type { KubeEvent } from "./answers.ts";
import type { Json } from "./json.ts";
import { watchRollout } from "./rollout.ts";

const deployment = (replicas: number, reason: string): Json => ({
  metadata: { name: "web", uid: "w", generation: 3, resourceVersion: "1" },
  spec: { replicas: 1, template: { spec: { containers: [{ name: "app" }] } } },
  status: {
    observedGeneration: 3,
    replicas,
    updatedReplicas: 1,
    availableReplicas: 1,
    conditions: [{ type: "Progressing", status: reason === "NewReplicaSetAvailable" ? "True" : "False", reason }],
  },
});
const exceeded = deployment(2, "ProgressDeadlineExceeded");

/** What is told of a Deployment whose deadline was over before, and of which the cluster then says this. */
const watched = async (then: Json | null): Promise<readonly RollEvent[]> => {
  const end = new AbortController();
  const isIts = (path: string): boolean => path.endsWith("/deployments");
  const client = {
    list: async () => [],
    snapshot: async (path: string) => ({ items: isIts(path) ? [exceeded] : [], resourceVersion: "1" }),
    watch: async function* (path: string): AsyncGenerator<KubeEvent> {
      await systemClock.sleep(200, end.signal);
      if (isIts(path) && then !== null) yield { type: "MODIFIED", object: then };
      await systemClock.sleep(60_000, end.signal);
    },
  };
  const events = watchRollout(client, {
    namespace: "n",
    release: null,
    counts: () => true,
    marked: new Map(),
    usesOf: () => [],
    secretName: "app-secrets",
    crashGraceSeconds: 120,
    failFast: true,
    deadline: systemClock.now() + 20_000,
    clock: systemClock,
    signal: end.signal,
  });
  const found = await Array.fromAsync(events);
  end.abort();
  return found;
};

test("a deadline that was over in the rollout before is not this one's: the controller repeats it at first", async () => {
  const events = await watched(deployment(1, "NewReplicaSetAvailable"));
  expect(events.at(-1)).toEqual({ type: "done" });
});

test("one that stays over is the end", async () => {
  const events = await watched(null);
  expect(events.at(-1)).toMatchObject({ type: "failed", reason: expect.stringContaining("progress deadline is over") });
});
