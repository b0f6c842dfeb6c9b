import type { App, FleetStatus } from "../../client.ts";
import type { Tone } from "../../ui/banner.tsx";

type State = FleetStatus["state"];

/** What the states are called, worst first. */
export const stateWords: Readonly<Record<State, string>> = {
  stale: "stale",
  unknown: "unknown",
  "not-live": "not live",
  rolling: "deploying",
  "not-deployed": "never deployed",
  "never-saved": "nothing saved",
  running: "running",
};
export const states = Object.keys(stateWords).filter((one): one is State => one in stateWords);

export const isState = (text: string | null): text is State => states.some((state) => state === text);

const total = ({ counts }: FleetStatus): number => Object.values(counts).reduce((sum, one) => sum + one, 0);

const runs = (one: FleetStatus): string => `${one.inCluster ?? 0} ${total(one) === 0 ? "deployed" : "running"}`;

const glances: Readonly<Record<State, readonly [Tone, (one: FleetStatus) => string]>> = {
  "never-saved": ["plain", () => "nothing saved"],
  "not-deployed": ["warn", ({ saved }) => `${saved} saved, never deployed`],
  rolling: ["plain", () => "deploying"],
  "not-live": ["warn", (one) => `${runs(one)}, ${one.saved} saved`],
  running: ["good", runs],
  stale: ["bad", (one) => `${total(one) - one.counts.current} of ${total(one)} do not run ${one.inCluster ?? 0}`],
  unknown: [
    "bad",
    ({ trouble, observedAt }) => {
      if (trouble !== null) return "cannot be seen";
      return observedAt === null ? "not seen yet" : "the Secret is missing or foreign";
    },
  ],
};

/** An environment in a few words; what it rests on is on its own page. */
export const glanceOf = (one: FleetStatus): readonly [Tone, string] => {
  const [tone, words] = glances[one.state];
  return [tone, words(one)];
};

export interface AppGroup {
  readonly app: App;
  /** Those of the filter, worst first. */
  readonly environments: readonly FleetStatus[];
}

export interface Filter {
  readonly state: State | null;
  /** A part of the name of the app or of an environment. */
  readonly text: string;
}

const worstFirst = (a: FleetStatus, b: FleetStatus): number =>
  b.urgency - a.urgency || (a.env < b.env ? -1 : a.env > b.env ? 1 : 0);

/** Apps with their environments, those that need somebody first. Without a filter also apps that have none. */
export const groupsOf = (
  apps: readonly App[],
  fleet: readonly FleetStatus[],
  { state, text }: Filter,
): readonly AppGroup[] => {
  const wanted = text.trim().toLowerCase();
  const byApp = new Map<string, FleetStatus[]>(apps.map(({ name }) => [name, []]));
  for (const one of fleet) byApp.get(one.app)?.push(one);
  const groups = apps.flatMap((app): AppGroup[] => {
    const isNamed = app.name.includes(wanted) || app.title.toLowerCase().includes(wanted);
    const environments = (byApp.get(app.name) ?? [])
      .filter((one) => (state === null || one.state === state) && (isNamed || one.env.includes(wanted)))
      .toSorted(worstFirst);
    return environments.length > 0 || (state === null && isNamed) ? [{ app, environments }] : [];
  });
  return groups.toSorted((a, b) => (b.environments[0]?.urgency ?? 0) - (a.environments[0]?.urgency ?? 0));
};

/** States that there are, with how many environments each has; worst first. */
export const countsOf = (fleet: readonly FleetStatus[]): readonly { readonly state: State; readonly count: number }[] =>
  states
    .map((state) => ({ state, count: fleet.filter((one) => one.state === state).length }))
    .filter(({ count }) => count > 0);
