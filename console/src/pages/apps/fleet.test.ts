import { expect, test } from "vitest";
import type { App, FleetStatus } from "../../client.ts";
import { countsOf, glanceOf, groupsOf } from "./fleet.ts";

const counts = { current: 0, stale: 0, ambiguous: 0, drifted: 0, blocked: 0 };
const environment = (given: Partial<FleetStatus>): FleetStatus => ({
  app: "shop",
  env: "dev",
  kind: "sandbox",
  type: "helm",
  connection: "kube",
  saved: 4,
  inCluster: 4,
  running: 4,
  state: "running",
  sentence: "",
  urgency: 0,
  counts: { ...counts, current: 3 },
  drift: false,
  deployment: null,
  waiting: null,
  observedAt: 1,
  trouble: null,
  ...given,
});
const app = (name: string, title = name): App => ({
  id: name,
  name,
  title,
  createdAt: 1,
  environments: 1,
  releases: 0,
});
const all = { state: null, text: "" };

test("what needs somebody comes first: apps by their worst environment, environments within the app", () => {
  const fleet = [
    environment({ env: "a" }),
    environment({ env: "z", urgency: 3, state: "stale" }),
    environment({ app: "blog", env: "b", urgency: 2, state: "not-live" }),
  ];
  const groups = groupsOf([app("api"), app("blog"), app("shop")], fleet, all);
  expect(groups.map(({ app: { name }, environments }) => [name, ...environments.map(({ env }) => env)])).toEqual([
    ["shop", "z", "a"],
    ["blog", "b"],
    ["api"],
  ]);
  expect(countsOf(fleet)).toEqual([
    { state: "stale", count: 1 },
    { state: "not-live", count: 1 },
    { state: "running", count: 1 },
  ]);
});

test("a filter leaves environments by state and by a part of a name, the app's, its title's or their own", () => {
  const fleet = [environment({ env: "live" }), environment({ env: "test", state: "stale" })];
  const names = (filter: Parameters<typeof groupsOf>[2]): string[] =>
    groupsOf([app("shop", "The Shop"), app("empty")], fleet, filter).flatMap(({ app: { name }, environments }) =>
      environments.length === 0 ? [name] : environments.map(({ env }) => `${name}/${env}`),
    );
  expect(names({ state: "stale", text: "" })).toEqual(["shop/test"]);
  expect(names({ state: null, text: " LIV" })).toEqual(["shop/live"]);
  expect(names({ state: null, text: "the s" })).toEqual(["shop/live", "shop/test"]);
  expect(names({ state: null, text: "empt" })).toEqual(["empty"]);
  expect(names({ state: "unknown", text: "" })).toEqual([]);
});

test("each state in a few words", () => {
  const none = { counts };
  const trouble = { message: "away", since: 1 };
  expect(
    [
      environment({}),
      environment(none),
      environment({ state: "not-live", saved: 5 }),
      environment({ state: "not-live", saved: 5, ...none }),
      environment({ state: "stale", counts: { ...counts, current: 2, stale: 1, blocked: 1 } }),
      environment({ state: "unknown", inCluster: null }),
      environment({ state: "unknown", observedAt: null }),
      environment({ state: "unknown", trouble }),
    ].map((one) => glanceOf(one).join(": ")),
  ).toEqual([
    "good: 4 running",
    "good: 4 deployed",
    "warn: 4 running, 5 saved",
    "warn: 4 deployed, 5 saved",
    "bad: 2 of 4 do not run 4",
    "bad: the Secret is missing or foreign",
    "bad: not seen yet",
    "bad: cannot be seen",
  ]);
});
