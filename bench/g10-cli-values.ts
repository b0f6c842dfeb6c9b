import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { ask, bootstrapToken, makeProcessEnvironment, startServer } from "../e2e/harness/server.ts";
import { times, withUnit, type Measure } from "./measure.ts";
import { bareNode, inFolder, keyroll, plainEnv, serverProgram, timed } from "./programs.ts";
import { alternate, ratios, spread } from "./rounds.ts";
import { slowWayTo } from "./slow-way.ts";

const keys = 100;
const perPage = 10;
const roundTripMs = 20;
const tenTrips = fileURLToPath(new URL("ten-trips.ts", import.meta.url));
const names = Array.from({ length: keys }, (_, index) => `KEY_${index}`);

/** A store that answers at once, from memory, with the ten values of a page: `/0`, `/1` and so on. */
const pagedStore = async (set: Readonly<Record<string, string>>) => {
  const entries = Object.entries(set);
  const server = createServer((request, response) => {
    const first = Number(request.url?.slice(1)) * perPage;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Object.fromEntries(entries.slice(first, first + perPage))));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/** Reading a hundred values, near and far. */
export const g10: Measure = {
  id: "G10",
  title: `Command line, ${keys} values`,
  floor: "`node -e 0` of the same Node and one round trip",
  run: async (rounds) =>
    await inFolder(async (folder) => {
      const server = await startServer({ dataDir: folder, program: serverProgram });
      const set = Object.fromEntries(names.map((name) => [name, crypto.randomUUID()]));
      const store = await pagedStore(set);
      const way = await slowWayTo(server.url, roundTripMs);
      const storeWay = await slowWayTo(store.url, roundTripMs);
      try {
        const base = await makeProcessEnvironment(server);
        await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set } });
        const env = {
          ...plainEnv(folder),
          KEYROLL_URL: server.url,
          KEYROLL_TOKEN: bootstrapToken,
          KEYROLL_APP: "shop",
          KEYROLL_ENV: "dev",
        };
        const far = { ...env, KEYROLL_URL: way.url };
        const count = ["sh", "-c", "env | grep -c ^KEY_[0-9]"];
        const hasAll = (text: string): boolean => names.every((name) => text.includes(set[name] ?? "?"));
        const counts = ({ out }: { readonly out: string }): boolean => out === `${keys}\n`;
        // The floor of a program that asks a server: Node, and its own fetch.
        const fetches = `const r=await fetch(${JSON.stringify(`${server.url}/healthz`)});await r.text()`;
        const asks =
          'const {get}=await import("node:http");' +
          `await new Promise(done=>get(${JSON.stringify(`${server.url}/healthz`)},{agent:false},r=>r.resume().on("end",done)))`;
        const ms = await alternate(rounds, {
          node: bareNode(env),
          fetch: timed(["--input-type=module", "-e", fetches], env, ({ code }) => code === 0),
          http: timed(["--input-type=module", "-e", asks], env, ({ code }) => code === 0),
          get: timed([keyroll, "get", ...names], env, ({ out }) => hasAll(out)),
          export: timed([keyroll, "export"], env, ({ out }) => hasAll(out)),
          run: timed([keyroll, "run", "--saved", "--", ...count], far, counts),
          trips: timed([tenTrips, storeWay.url, String(keys / perPage), ...count], env, counts),
        });
        const toNode = (side: "fetch" | "http" | "get" | "export") => spread(ratios(ms[side], ms.node));
        const figures = (["get", "export"] as const).map((side) => ({
          what: `keyroll ${side}, ${keys} keys, loopback`,
          figure: `${withUnit(spread(ms[side]), "ms")}, ${times(toNode(side))}`,
          against: `node ${withUnit(spread(ms.node), "ms")}`,
          goal: "<= 1.45 x",
          met: toNode(side).median <= 1.45,
        }));
        const bare = (side: "fetch" | "http", what: string) => ({
          what: `Node and one request, ${what}, nothing else`,
          figure: `${withUnit(spread(ms[side]), "ms")}, ${times(toNode(side))}`,
          against: `node ${withUnit(spread(ms.node), "ms")}`,
          goal: "-",
          met: null,
        });
        const run = spread(ratios(ms.run, ms.trips));
        const running = {
          what: `keyroll run, ${keys} keys, ${roundTripMs} ms a round trip`,
          figure: `${withUnit(spread(ms.run), "ms")}, ${times(run)}`,
          against: `ten requests of ten keys ${withUnit(spread(ms.trips), "ms")}`,
          goal: "<= 0.5 x",
          met: run.median <= 0.5,
        };
        return {
          figures: [...figures, bare("fetch", "`fetch`"), bare("http", "`node:http`"), running],
          notes: [
            "Where `get` and `export` miss their goal, most of it is Node's own `fetch`, which is loaded and compiled at its first " +
              "request; the lines below them are what a request takes alone, and even `node:http` cannot meet the goal.",
            "Ten requests of ten keys is the pattern of stores that give values in pages of ten; the client that plays it " +
              "is Node with nothing but `fetch`, on one connection, asks a server that answers from memory without checking anybody, " +
              "and runs the same command.",
          ],
        };
      } finally {
        await way.close();
        await storeWay.close();
        store.close();
        await server.stop();
      }
    }),
};
