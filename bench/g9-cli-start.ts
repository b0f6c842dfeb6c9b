import type { Figure, Measure } from "./measure.ts";
import { times, withUnit } from "./measure.ts";
import { installPeer } from "./peers.ts";
import { bareNode, inFolder, keyroll, plainEnv, runNode, timed } from "./programs.ts";
import { alternate, ratios, spread } from "./rounds.ts";

/** What each peer may take of ours at most, from the list of goals. */
const goals = { vercel: 0.25, heroku: 0.12 } as const;

/** Commands of the command line that need no network, against Node's own start and two other command lines. */
export const g9: Measure = {
  id: "G9",
  title: "Command line without network",
  floor: "`node -e 0` of the same Node",
  run: async (rounds) =>
    await inFolder(async (home) => {
      const env = plainEnv(home);
      const sides: Record<string, () => Promise<number>> = {
        node: bareNode(env),
        "--version": timed([keyroll, "--version"], env, ({ out }) => /^\d+\.\d+\.\d+\n$/u.test(out)),
        "--help": timed([keyroll, "--help"], env, ({ out }) => out.startsWith("Usage: keyroll")),
        "a usage error": timed(
          [keyroll, "get", "--nope"],
          env,
          ({ code, err }) => code === 2 && err.includes("--nope"),
        ),
      };
      const notes = [
        "A usage error loads the command that was named and commander, some fifteen modules; the other two answers need neither.",
        "This vercel answers --version and --help from a fast path of its own, as keyroll does: what is left is Node's start.",
      ];
      const peers: (keyof typeof goals)[] = [];
      for (const name of ["vercel", "heroku"] as const) {
        const peer = await installPeer(name);
        // Both look for updates and report usage when they may; neither belongs to the answer.
        const quiet = { ...env, VERCEL_TELEMETRY_DISABLED: "1", NO_UPDATE_NOTIFIER: "1", DISABLE_TELEMETRY: "true" };
        const answers = typeof peer !== "string" && (await runNode([peer.script, "--version"], quiet)).code === 0;
        if (typeof peer === "string") notes.push(peer);
        else if (!answers) notes.push(`${name} ${peer.version} does not run here and was left out.`);
        else {
          peers.push(name);
          notes.push(`${name} is version ${peer.version} from npm, installed without install scripts.`);
          sides[name] = timed([peer.script, "--version"], quiet, ({ code }) => code === 0);
        }
      }
      const ms = await alternate(rounds, sides);
      const of = (name: string): number[] => ms[name] ?? [];
      const figures: Figure[] = ["--version", "--help", "a usage error"].map((name) => {
        const ratio = spread(ratios(of(name), of("node")));
        return {
          what: `keyroll, ${name}`,
          figure: `${withUnit(spread(of(name)), "ms")}, ${times(ratio)}`,
          against: `node ${withUnit(spread(of("node")), "ms")}`,
          goal: "<= 1.25 x",
          met: ratio.median <= 1.25,
        };
      });
      for (const name of peers) {
        const ratio = spread(ratios(of("--version"), of(name)));
        figures.push({
          what: `keyroll --version, against ${name} --version`,
          figure: times(ratio),
          against: `${name} ${withUnit(spread(of(name)), "ms")}`,
          goal: `<= ${goals[name]} x`,
          met: ratio.median <= goals[name],
        });
      }
      return { figures, notes };
    }),
};
