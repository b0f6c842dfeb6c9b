import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, bootstrapToken, startServer, until, type TestServer } from "../e2e/harness/server.ts";
import { kubectl } from "../e2e/harness/cluster.ts";
import { setup as refuseForeignClusters } from "../e2e/harness/only-the-testbed.ts";
import { startClusterDouble } from "./cluster-double.ts";
import { withUnit, type Figure, type Measure } from "./measure.ts";
import { inFolder, serverProgram } from "./programs.ts";
import { spread } from "./rounds.ts";
import { seeded, seedFleet, type SeededEnvironment } from "./seed-fleet.ts";

const many = Number(process.env["KEYROLL_BENCH_ENVIRONMENTS"] ?? 10_000);
/** On the real API server; each is a namespace there. */
const some = Number(process.env["KEYROLL_BENCH_NAMESPACES"] ?? 200);
const mega = 1e6;

const figureOf = async (server: TestServer, name: string): Promise<number> => {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${bootstrapToken}` } });
  return Number(new RegExp(`^${name} (\\S+)$`, "mu").exec(await answer.text())?.[1] ?? Number.NaN);
};

/** When a whole look ended last, by an environment that never changes: the last one. */
const lookedAt = async (server: TestServer, count: number): Promise<number> => {
  const { body } = await ask(server, `GET /status?limit=1&cursor=${seeded(count, "")[count - 2]?.id}`);
  return body.items[0]?.observedAt ?? 0;
};

const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/u.exec(readFileSync(join("/proc", String(pid), "status"), "utf8"))?.[1] ?? Number.NaN) *
  1024;

interface Look {
  readonly ms: number;
  readonly peak: number;
}

/** A server that is started on what was seen before: its first look is one look at everything. */
const look = async (dataDir: string, count: number): Promise<Look> => {
  const before = Date.now();
  const server = await startServer({ dataDir, program: serverProgram });
  try {
    await until(
      async () => await lookedAt(server, count),
      (at) => at > before,
      300,
    );
    const peak = peakOf(server.pid);
    const seconds = await figureOf(server, 'keyroll_look_seconds\\{connection="kube"\\}');
    return { ms: seconds * 1000, peak };
  } finally {
    await server.stop();
  }
};

const prepare = async (
  dataDir: string,
  kubeconfig: string,
  environments: readonly SeededEnvironment[],
): Promise<number> => {
  const made = await startServer({ dataDir, program: serverProgram });
  const body = { name: "kube", cluster: { kind: "kubernetes", kubeconfig } };
  const { status, body: said } = await ask(made, "POST /connections", { body });
  await made.stop();
  if (status !== 201) throw new Error(JSON.stringify(said));
  await seedFleet(dataDir, "kube", environments);
  const server = await startServer({ dataDir, program: serverProgram });
  try {
    // Seldom: the figures of ten thousand environments take a second to gather, and that long nothing is looked at.
    return await until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 10_000));
        return await figureOf(server, 'keyroll_look_seconds\\{connection="kube"\\}');
      },
      (seconds) => Number.isFinite(seconds),
      1800,
    );
  } finally {
    await server.stop();
  }
};

const inMemory = async (rounds: number): Promise<Figure[]> =>
  await inFolder(async (dataDir) => {
    const environments = seeded(many, "sweep");
    const double = await startClusterDouble(environments);
    try {
      const first = await prepare(dataDir, double.kubeconfig, environments);
      const asked = double.requests();
      const unchanged: (Look & { readonly requests: number })[] = [];
      const drifted: Record<1 | 2, number[]> = { 1: [], 2: [] };
      for (let round = -1; round < rounds; round++) {
        double.requests();
        const same = await look(dataDir, many);
        if (round >= 0) unchanged.push({ ...same, requests: double.requests() });
        for (const percent of [1, 2] as const) {
          double.touch((many * percent) / 100);
          const { ms } = await look(dataDir, many);
          if (round >= 0) drifted[percent].push(ms - same.ms);
        }
      }
      const ms = spread(unchanged.map((one) => one.ms));
      const peak = Math.max(...unchanged.map((one) => one.peak));
      const requests = Math.max(...unchanged.map((one) => one.requests));
      const [one, two] = [spread(drifted[1]), spread(drifted[2])];
      const what = `${many.toLocaleString("en")} unchanged environments`;
      return [
        { what: `look at ${what}`, figure: withUnit(ms, "ms"), against: "-", goal: "<= 3 s", met: ms.median <= 3000 },
        {
          what: "largest RSS of the whole server until then",
          figure: `${(peak / mega).toFixed(0)} MB`,
          against: "-",
          goal: "<= 150 MB",
          met: peak <= 150 * mega,
        },
        {
          what: "requests to the API server",
          figure: String(requests),
          against: "-",
          goal: "<= 25",
          met: requests <= 25,
        },
        { what: "more time when 1 % have changed", figure: withUnit(one, "ms"), against: "-", goal: "-", met: null },
        {
          what: "more time when 2 % have changed",
          figure: `${withUnit(two, "ms")}, ${(two.median / one.median).toFixed(1)} x`,
          against: "1 %",
          goal: "in proportion",
          met: two.median / one.median < 2.5,
        },
        {
          what: "the very first look, at each closer",
          figure: `${first.toFixed(1)} s, ${asked} requests`,
          against: "-",
          goal: "-",
          met: null,
        },
      ];
    } finally {
      double.stop();
    }
  });

/** The Secrets as a deployment leaves them, one namespace each. */
const manifests = (environments: readonly SeededEnvironment[]): string =>
  environments
    .flatMap(({ id, namespace }) => [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: "app-secrets",
          namespace,
          labels: { "app.kubernetes.io/managed-by": "keyroll" },
          annotations: { "keyroll.dev/environment": id, "keyroll.dev/revision": "1" },
        },
      },
    ])
    .map((one) => JSON.stringify(one))
    .join("\n---\n");

const onTheCluster = async (rounds: number): Promise<Figure[]> =>
  await inFolder(async (dataDir) => {
    await refuseForeignClusters();
    const environments = seeded(some, `sweep-${process.pid}`);
    const { writeFileSync } = await import("node:fs");
    const file = join(dataDir, "manifests.yaml");
    writeFileSync(file, manifests(environments));
    try {
      await kubectl("create", "--field-manager=keyroll", "-f", file);
      const labelled = await kubectl(
        "get",
        "secrets",
        "-A",
        "-l",
        "app.kubernetes.io/managed-by=keyroll",
        "-o",
        "json",
      );
      const versions = new Map(
        JSON.parse(labelled).items.map(({ metadata }: any) => [metadata.namespace, metadata.resourceVersion]),
      );
      // What Keyroll knows of its own write: else each of them would be looked at closer, every time.
      const known = environments.map((one) => ({ ...one, resourceVersion: String(versions.get(one.namespace)) }));
      await prepare(dataDir, readFileSync(process.env["KUBECONFIG"] ?? "", "utf8"), known);
      const looks: number[] = [];
      for (let round = -1; round < rounds; round++) {
        const { ms } = await look(dataDir, some);
        if (round >= 0) looks.push(ms);
      }
      return [
        {
          what: `look at ${some} unchanged environments of the test cluster's API server`,
          figure: withUnit(spread(looks), "ms"),
          against: "-",
          goal: "-",
          met: null,
        },
      ];
    } finally {
      await kubectl("delete", "-f", file, "--wait=false", "--ignore-not-found");
    }
  });

/** What it costs to know that nothing has changed, in many environments at once. */
export const g14: Measure = {
  id: "G14",
  title: "Look at all environments of a cluster",
  floor: "the lists of their Secrets' and pods' metadata",
  run: async (rounds) => ({
    figures: [
      ...(await inMemory(rounds)),
      ...(process.env["KUBECONFIG"] === undefined ? [] : await onTheCluster(rounds)),
    ],
    notes: [
      "The many are answered from memory by a server of the bench that speaks as the API server does (TLS, pages, metadata with managed fields of 20 keys, two pods for each environment): what is measured is Keyroll's part. " +
        "The real API server has fewer, because each is a namespace there.",
      "No store is asked: the environments have none that could answer. Each round is a server that starts on what was seen before; the RSS is that of the whole process.",
    ],
  }),
};
