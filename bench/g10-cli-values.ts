import { fileURLToPath } from "node:url";
import { ask, bootstrapToken, makeProcessEnvironment, startServer } from "../e2e/harness/server.ts";
import { times, withUnit, type Measure } from "./measure.ts";
import { bareNode, inFolder, keyroll, plainEnv, serverProgram, timed } from "./programs.ts";
import { alternate, ratios, spread } from "./rounds.ts";
import { slowWayTo } from "./slow-way.ts";

const keys = 100;
const roundTripMs = 20;
const tenTrips = fileURLToPath(new URL("ten-trips.ts", import.meta.url));
const names = Array.from({ length: keys }, (_, index) => `KEY_${index}`);

/** Reading a hundred values, near and far. */
export const g10: Measure = {
  id: "G10",
  title: `Command line, ${keys} values`,
  floor: "`node -e 0` of the same Node and one round trip",
  run: async (rounds) =>
    await inFolder(async (folder) => {
      const server = await startServer({ dataDir: folder, program: serverProgram });
      const way = await slowWayTo(server.url, roundTripMs);
      try {
        const base = await makeProcessEnvironment(server);
        const set = Object.fromEntries(names.map((name) => [name, crypto.randomUUID()]));
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
        const ms = await alternate(rounds, {
          node: bareNode(env),
          fetch: timed(["--input-type=module", "-e", fetches], env, ({ code }) => code === 0),
          get: timed([keyroll, "get", ...names], env, ({ out }) => hasAll(out)),
          export: timed([keyroll, "export"], env, ({ out }) => hasAll(out)),
          run: timed([keyroll, "run", "--saved", "--", ...count], far, counts),
          trips: timed([tenTrips, base, String(keys), ...count], far, counts),
        });
        const toNode = (side: "fetch" | "get" | "export") => spread(ratios(ms[side], ms.node));
        const figures = (["get", "export"] as const).map((side) => ({
          what: `keyroll ${side}, ${keys} keys, loopback`,
          figure: `${withUnit(spread(ms[side]), "ms")}, ${times(toNode(side))}`,
          against: `node ${withUnit(spread(ms.node), "ms")}`,
          goal: "<= 1.45 x",
          met: toNode(side).median <= 1.45,
        }));
        const fetching = {
          what: "Node and one `fetch` on loopback, nothing else",
          figure: `${withUnit(spread(ms.fetch), "ms")}, ${times(toNode("fetch"))}`,
          against: `node ${withUnit(spread(ms.node), "ms")}`,
          goal: "-",
          met: null,
        };
        const run = spread(ratios(ms.run, ms.trips));
        const running = {
          what: `keyroll run, ${keys} keys, ${roundTripMs} ms a round trip`,
          figure: `${withUnit(spread(ms.run), "ms")}, ${times(run)}`,
          against: `ten requests of ten keys ${withUnit(spread(ms.trips), "ms")}`,
          goal: "<= 0.5 x",
          met: run.median <= 0.5,
        };
        return {
          figures: [...figures, fetching, running],
          notes: [
            "Ten requests of ten keys is the pattern of stores that give values in pages of ten; the client that plays it " +
              "is Node with nothing but `fetch`, on one connection, and runs the same command.",
          ],
        };
      } finally {
        await way.close();
        await server.stop();
      }
    }),
};
