import { deploymentOf, kubectl, kubectlWith, makePlace, makeSite, save, type Site } from "../e2e/harness/cluster.ts";
import { testClient } from "../e2e/harness/kube-client.ts";
import { setup as refuseForeignClusters } from "../e2e/harness/only-the-testbed.ts";
import { deploy, until } from "../e2e/harness/server.ts";
import { systemClock } from "../server/src/adapters/clock/system.ts";
import type { KubeClient } from "../server/src/adapters/kubernetes/client.ts";
import { at, text } from "../server/src/adapters/kubernetes/json.ts";
import { times, withUnit, type Measure } from "./measure.ts";
import { alternate, ratios, spread } from "./rounds.ts";

const many = 10;
const keys = Array.from({ length: many }, (_, at) => `KEY_${at}`);
/** After the write and the patch have been seen: whoever restarts twice does so soon. Milliseconds. */
const rest = 1000;

/** What anybody who watches sees: when the Secret changed, and when the workload's template did. */
const watchBoth = async (client: KubeClient, namespace: string) => {
  const ended = new AbortController();
  const [writes, patches]: [number[], number[]] = [[], []];
  const watch = async (path: string, seen: number[], versionOf: readonly string[]): Promise<void> => {
    const { items, resourceVersion } = await client.snapshot(path);
    const known = new Map(
      items.map((item) => [text(item, "metadata", "name"), JSON.stringify(at(item, ...versionOf))]),
    );
    const listen = async (): Promise<void> => {
      let from = resourceVersion;
      // A watch ends by itself after some minutes, without a word; many rounds take longer.
      while (!ended.signal.aborted)
        for await (const { type, object } of client.watch(path, from, ended.signal)) {
          from = text(object, "metadata", "resourceVersion") ?? from;
          if (type !== "ADDED" && type !== "MODIFIED") continue;
          const [name, version] = [text(object, "metadata", "name"), JSON.stringify(at(object, ...versionOf))];
          if (known.get(name) !== version) seen.push(performance.now());
          known.set(name, version);
        }
    };
    void listen().catch((error) => {
      if (!ended.signal.aborted) throw error;
    });
  };
  await watch(`/api/v1/namespaces/${namespace}/secrets`, writes, ["data"]);
  await watch(`/apis/apps/v1/namespaces/${namespace}/deployments`, patches, ["spec", "template"]);
  /** Milliseconds from the write to the first change of the template, and how often that changed. */
  const during = async (work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly rollouts: number }> => {
    writes.length = 0;
    patches.length = 0;
    await work();
    await until(
      async () => patches.length,
      (seen) => seen > 0,
    );
    await systemClock.sleep(rest);
    return { ms: (patches[0] ?? Number.NaN) - (writes[0] ?? Number.NaN), rollouts: patches.length };
  };
  return { during, stop: () => ended.abort() };
};

const measure = async (site: Site, client: KubeClient, rounds: number) => {
  const place = await makePlace(site, { type: "restart", settings: { settleSeconds: 0 } });
  const { namespace } = place;
  const [secret, deployment] = [
    `/api/v1/namespaces/${namespace}/secrets/bare`,
    `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
  ];
  let turn = 0;
  const restart = async (): Promise<void> => {
    const { deployment: ended } = await deploy(site.server, place.base);
    if (ended.state !== "running") throw new Error(`it ended ${ended.state}: ${ended.outcome}`);
  };
  const saveOf = async (count: number): Promise<void> => {
    turn += 1;
    const set = Object.fromEntries(keys.slice(0, count).map((key) => [key, `value ${turn}`]));
    await save(site.server, place.base, { set });
  };
  try {
    await saveOf(many);
    await restart();
    await kubectlWith(deploymentOf(namespace, { keys }), "create");
    await kubectl("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s");
    await client.create(`/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "bare", namespace },
      data: {},
    });
    const { during, stop } = await watchBoth(client, namespace);
    const ours = (count: number) => async () => {
      await saveOf(count);
      return await during(restart);
    };
    /** The two writes that nobody can do without, one after the other. */
    const bare = async () =>
      await during(async () => {
        turn += 1;
        const data = { A: Buffer.from(String(turn)).toString("base64") };
        const annotations = { "bench/restart": String(turn) };
        await client.patch(secret, { data }, "merge");
        await client.patch(deployment, { spec: { template: { metadata: { annotations } } } }, "merge");
        await until(
          async () => await client.get(deployment),
          ({ status }: any) => status.updatedReplicas === 1 && status.replicas === 1 && status.readyReplicas === 1,
        );
      });
    try {
      return await alternate(rounds, { one: ours(1), many: ours(many), bare });
    } finally {
      stop();
    }
  } finally {
    await place.remove();
  }
};

/** From the write of app-secrets to the restart of what uses it, as anybody sees it who watches both. */
export const g7: Measure = {
  id: "G7",
  title: "From the write to the restart, type restart",
  floor: "the same two writes one after the other, by a client that does nothing else",
  run: async (rounds) => {
    await refuseForeignClusters();
    const site = await makeSite();
    const client = await testClient();
    try {
      const { one, many: ten, bare } = await measure(site, client, rounds);
      const ms = (side: readonly { readonly ms: number }[]): number[] => side.map((round) => round.ms);
      const rollouts = [...one, ...ten].map((round) => round.rollouts);
      const line = (what: string, side: readonly { readonly ms: number }[]) => ({
        what,
        figure: `${withUnit(spread(ms(side)), "ms")}, ${times(spread(ratios(ms(side), ms(bare))))}`,
        against: `two bare writes ${withUnit(spread(ms(bare)), "ms")}`,
        goal: "p50 <= 15.6 ms",
        met: spread(ms(side)).median <= 15.6,
      });
      return {
        figures: [
          line("from the write to the patch, 1 key changed", one),
          line(`from the write to the patch, ${many} keys changed`, ten),
          {
            what: "rollouts a save and deployment",
            figure: `${Math.min(...rollouts)} to ${Math.max(...rollouts)}`,
            against: "-",
            goal: "1",
            met: rollouts.every((count) => count === 1),
          },
        ],
        notes: [
          "Settle is set to 0 s. Both moments are those at which a watch by another program saw the change; it went on looking for a second restart until a second after the deployment had ended.",
          "Between the two lies what the proof needs: the Secret as it arrived and the pods that are there already are read, and each step is in the journal, before anything restarts. Reloader only patches.",
          "The goal is what Reloader took on another machine, where it was measured; it was not run here.",
        ],
      };
    } finally {
      await client.close();
      await site.stop();
    }
  },
};
