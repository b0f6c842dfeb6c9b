import { helm, kubectl, makePlace, makeSite, save, type Site } from "../e2e/harness/cluster.ts";
import { setup as refuseForeignClusters } from "../e2e/harness/only-the-testbed.ts";
import { deploy } from "../e2e/harness/server.ts";
import { fileURLToPath } from "node:url";
import { times, withUnit, type Measure } from "./measure.ts";
import { alternate, ratios, spread } from "./rounds.ts";

const chart = fileURLToPath(new URL("../testbed/charts/sample", import.meta.url));
const replicas = 2;

/** Milliseconds of one deployment, from its journal. */
interface Parts {
  readonly total: number;
  readonly dryRun: number;
  readonly settle: number;
  readonly write: number;
  readonly roll: number;
  readonly prove: number;
}

/** How often the Deployment's pod template was changed. */
const rolloutsIn = async (namespace: string): Promise<number> => {
  const { items } = JSON.parse(await kubectl("get", "deployments", "-n", namespace, "-o", "json"));
  return Number(items[0].metadata.annotations["deployment.kubernetes.io/revision"]);
};

const partsOf = (journal: readonly { at: number; event: any }[]): Parts => {
  const at = (isIt: (event: any) => boolean): number => journal.find(({ event }) => isIt(event))?.at ?? Number.NaN;
  const step = (name: string): number => {
    const is = (state: string) => (event: any) => event.type === "step" && event.step === name && event.state === state;
    return at(is("done")) - at(is("started"));
  };
  return {
    total: at((event) => event.type === "finished") - at((event) => event.type === "requested"),
    dryRun: step("render") + step("preflight"),
    settle: step("settle"),
    write: step("observe") + step("write"),
    roll: step("roll"),
    prove: step("prove"),
  };
};

/** A namespace in which Helm alone keeps the same chart. */
const helmAlone = async () => {
  const namespace = `bench-helm-${process.pid}`;
  await kubectl("create", "namespace", namespace);
  await kubectl("create", "secret", "generic", "app-secrets", "-n", namespace, "--from-literal=GREETING=hello");
  const upgrade = ["upgrade", "--install", "--wait", "sample", chart, "-n", namespace, "--set", `replicas=${replicas}`];
  return {
    upgrade: async (): Promise<number> => {
      const began = performance.now();
      await helm(...upgrade);
      return performance.now() - began;
    },
    remove: async () => await kubectl("delete", "namespace", namespace, "--wait=false"),
  };
};

const measure = async (site: Site, rounds: number) => {
  const alone = await helmAlone();
  const place = await makePlace(site, { values: { replicas } });
  try {
    let deployments = 0;
    const keyroll = async (): Promise<Parts> => {
      deployments += 1;
      await save(site.server, place.base, { set: { GREETING: `hello ${deployments}` } });
      const { deployment, journal } = await deploy(site.server, place.base);
      if (deployment.state !== "running") throw new Error(`deployment ${deployment.number} ended ${deployment.state}`);
      return partsOf(journal);
    };
    const { helm: theirs, keyroll: ours } = await alternate<"helm" | "keyroll", any>(rounds, {
      helm: alone.upgrade,
      keyroll,
    });
    return { theirs, ours, deployments, rollouts: await rolloutsIn(place.namespace) };
  } finally {
    await place.remove();
    await alone.remove();
  }
};

/** A deployment of type helm, proven in every pod, against Helm that waits for the same chart. */
export const g8: Measure = {
  id: "G8",
  title: "Deployment, type helm",
  floor: "`helm upgrade --install --wait` of the same chart",
  run: async (rounds) => {
    await refuseForeignClusters();
    const site = await makeSite();
    try {
      const { theirs, ours, deployments, rollouts } = await measure(site, rounds);
      const part = (name: keyof Parts): number[] => ours.map((parts: Parts) => parts[name]);
      const own = ours.map(({ total, dryRun, settle }: Parts) => total - dryRun - settle);
      const ratio = spread(ratios(own, theirs));
      const over = spread(own.map((ms: number, round: number) => ms - theirs[round]));
      const beside = (what: string, name: keyof Parts) => ({
        what,
        figure: withUnit(spread(part(name)), "ms"),
        against: "-",
        goal: "-",
        met: null,
      });
      return {
        figures: [
          {
            what: "deployment without dry run and settle",
            figure: `${withUnit(spread(own), "ms")}, ${times(ratio)}, ${over.median.toFixed(0)} ms over`,
            against: `Helm ${withUnit(spread(theirs), "ms")}`,
            goal: "<= 1.10 x or + 150 ms",
            met: ratio.median <= 1.1 || over.median <= 150,
          },
          beside("dry run (render twice, preflight)", "dryRun"),
          beside("settle (set to 1 s)", "settle"),
          beside("of the first line: observe and write", "write"),
          beside("of the first line: roll (upgrade, every pod ready)", "roll"),
          beside("of the first line: proof in every pod", "prove"),
          beside("all of it, from the request", "total"),
          {
            what: "rollouts a deployment",
            figure: (rollouts / deployments).toFixed(2),
            against: `${rollouts} in ${deployments} deployments`,
            goal: "1",
            met: rollouts === deployments,
          },
        ],
        notes: [
          `${replicas} replicas; each round changes a value and restarts the pods on both sides. Helm alone ends when the pods ` +
            "are ready; a deployment when each is also proven to run the new value. Times of a deployment are those of its journal.",
        ],
      };
    } finally {
      await site.stop();
    }
  },
};
