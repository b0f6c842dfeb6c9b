import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import { planFacts, planOf, planSum, type Found, type Wanted } from "./plan.ts";

const place = { app: "shop", env: "live" };
const wanted: Wanted = { connection: "kube", namespace: "shop", type: "restart" };

const workload = (name: string, rest: Partial<Found["workloads"][number]> = {}): Found["workloads"][number] => ({
  kind: "Deployment",
  name,
  release: null,
  keeper: null,
  secrets: ["app-secrets"],
  ...rest,
});
const secret = (rest: Partial<Found["secrets"][number]> = {}): Found["secrets"][number] => ({
  name: "app-secrets",
  keys: ["A"],
  problem: null,
  keeper: null,
  environment: null,
  ...rest,
});
const found = (rest: Partial<Found> = {}): Found => ({
  releases: [],
  workloads: [workload("web")],
  secrets: [secret()],
  type: "restart",
  release: null,
  ...rest,
});
const release: NonNullable<Found["release"]> = {
  name: "shop",
  revision: 3,
  status: "deployed",
  chart: "shop",
  version: "1.0.0",
  dependencies: [],
  values: "",
};
const refusal = (given: Partial<Found>, asked: Wanted = wanted): KeyrollError => {
  try {
    planOf(found(given), asked, place);
  } catch (error) {
    if (error instanceof KeyrollError) return error;
  }
  throw new Error("it was not refused");
};

test("what stands in the way is named with its field, its figure and the next step", () => {
  expect(refusal({ workloads: [] })).toMatchObject({ code: "invalid", facts: { field: "namespace", changed: false } });
  expect(refusal({ workloads: [workload("web", { secrets: ["b", "a"] })] }).message).toBe(
    "Which Secret? a, b are read.",
  );
  expect(refusal({ secrets: [secret({ keys: null, problem: "the connection may not read it" })] }).message).toContain(
    "the connection may not read it",
  );
  expect(refusal({ secrets: [secret({ environment: "shop/other" })] }).code).toBe("already_exists");
  const keys = Array.from({ length: 101 }, (_, i) => `K${i}`);
  expect(refusal({ secrets: [secret({ keys })] })).toMatchObject({
    code: "limit_exceeded",
    facts: { limit: 100, actual: 101 },
  });
  const keeper = { name: "External Secrets Operator", steps: "Delete the ExternalSecret first." };
  expect(refusal({ secrets: [secret({ keeper })] })).toMatchObject({ code: "foreign_secret", next: keeper.steps });
});

test("who applies it now decides the type, unless it is named; then the plan says what that asks", () => {
  const workloads = [workload("web", { release: "shop", keeper: "Argo CD" })];
  const given = { workloads, releases: [{ name: "shop", revision: 3, status: "deployed" }], release };
  const { type: _, ...open } = wanted;
  expect(refusal(given, open)).toMatchObject({ facts: { field: "type" } });
  const asked = { ...open, type: "helm" as const, release: "shop" };
  const plan = planOf(found(given), asked, place);
  expect(planFacts(plan, asked, null)).toContainEqual([
    "note",
    "Argo CD must not apply it any more: it would work against Helm",
  ]);
  const dependent = { ...given, release: { ...release, dependencies: ["redis"] } };
  expect(refusal(dependent, asked)).toMatchObject({ facts: { field: "chart" } });
  expect(planOf(found(dependent), { ...asked, chart: "./chart" }, place).keys).toEqual(["A"]);
});

test("an earlier request that came as far as the Secret is gone on with, and the plan says so", () => {
  const plan = planOf(found({ secrets: [secret({ environment: "shop/live" })] }), wanted, place);
  expect(plan.isOurs).toBe(true);
  expect(new Map(planFacts(plan, wanted, null)).get("saved")).toBe("in the store of kube already");
  const path = {
    path: "/p",
    keys: 2,
    differing: [{ key: "A", status: "different" as const }],
    lacking: [],
    notices: [],
  };
  expect([planSum(null), planSum(path)]).toEqual(["0 keys differ, 0 restarts.", "1 key differs, 0 restarts."]);
});
