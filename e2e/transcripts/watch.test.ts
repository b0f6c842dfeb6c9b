import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, deploy, deploymentEnd, until, type TestServer } from "../harness/server.ts";
import { makeShell, type Shell } from "../harness/transcript.ts";
import { withServer } from "../harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => ({ server, base } = started));

/** What the command line asks goes through here, so that a stream can be let in late, and all else be kept out. */
let door: Server;
let shell: Shell;
/** Of each answer that has ended: `METHOD last-part-of-the-path`. */
let answered: string[] = [];
let streams = Promise.withResolvers<void>();
let isShut = false;
let shutOut = 0;
/** Only the streams are kept out. */
let isDeaf = false;
const open = new Set<ServerResponse>();

beforeAll(async () => {
  door = createServer((asked, answer) => {
    const { url: path = "", method, headers } = asked;
    const [last = ""] = path.split(/[/?]/u).toReversed();
    if (isShut || (isDeaf && last === "events")) {
      shutOut += 1;
      asked.destroy();
      return;
    }
    const pass = async (): Promise<void> => {
      if (last === "events") {
        open.add(answer);
        await streams.promise;
      }
      const onward = request(new URL(path, server.url), { method, headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        answer.flushHeaders();
        got.pipe(answer);
        got.once("end", () => answered.push(`${method} ${path.includes("/instances/") ? "instance" : last}`));
      });
      onward.on("error", () => answer.destroy());
      answer.on("close", () => onward.destroy());
      asked.pipe(onward);
    };
    void pass();
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  const { port } = door.address() as AddressInfo;
  shell = await makeShell({ url: `http://127.0.0.1:${port}`, env: { KEYROLL_APP: "shop", KEYROLL_ENV: "dev" } });
});
afterAll(async () => {
  await shell.remove();
  door.closeAllConnections();
  door.close();
});

const save = async (value: string): Promise<number> => {
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  const saved = await ask(server, `PATCH ${base}/secrets`, { ifMatch: revision, body: { set: { A: value } } });
  expect(saved.status).toBe(200);
  return saved.body.revision;
};

const count = (what: string): number => answered.filter((one) => one === what).length;
const answers = async (what: string, atLeast: number): Promise<void> => {
  await until(
    async () => await Promise.resolve(count(what)),
    (now) => now >= atLeast,
  );
};

/** `keyroll run --watch` with its stream held back until `letIn`; by its end it has started so often as `starts` says. */
const watch = async (
  options: readonly string[],
  during: (at: { has(value: string): Promise<void>; letIn(): void; starts(): number }) => Promise<void>,
): Promise<void> => {
  answered = [];
  streams = Promise.withResolvers();
  const command = ["sh", "-c", 'echo "has $A"; exec sleep 600'];
  const child = spawn("keyroll", ["run", "--watch", ...options, "--", ...command], {
    cwd: shell.folder,
    env: { ...shell.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const times = (what: string): number => text.split(what).length - 1;
  const hear = (chunk: Buffer): void => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = once(child, "exit");
  try {
    await during({
      has: async (value) => {
        // What the command says and that it was started come by two pipes.
        await until(
          async () => await Promise.resolve(text),
          (all) => all.includes(`has ${value}\n`) && times("runs as process") >= times("has "),
        );
      },
      letIn: () => streams.resolve(),
      starts: () => times("runs as process"),
    });
  } finally {
    child.kill("SIGINT");
    streams.resolve();
    await ended;
  }
};

test("with --saved a save starts the command again; its own report and what is there already read no values", async () => {
  await save("before");
  await watch(["--saved"], async ({ has, letIn, starts }) => {
    await has("before");
    await answers("PUT instance", 1);
    // Its own entry in the journal is younger than the values.
    letIn();
    await answers("PUT instance", 2);
    expect(starts()).toBe(1);
    await save("after");
    await has("after");
    expect(starts()).toBe(2);
    expect(count("POST bundle")).toBe(2);
  });
});

test("with --saved a save between the reading of the values and the stream is not lost", async () => {
  await save("read");
  await watch(["--saved"], async ({ has, letIn, starts }) => {
    await has("read");
    // What a report is answered with does not know of the save either.
    await answers("PUT instance", 1);
    await save("missed");
    letIn();
    await has("missed");
    expect(starts()).toBe(2);
    expect(count("POST bundle")).toBe(2);
  });
});

test("without --saved a save changes nothing, and a deployment starts the command again", async () => {
  await save("deployed");
  await deploy(server, base);
  await watch([], async ({ has, letIn, starts }) => {
    await has("deployed");
    await answers("PUT instance", 1);
    await save("newer");
    letIn();
    await answers("PUT instance", 2);
    expect(starts()).toBe(1);
    await deploy(server, base);
    await has("newer");
  });
});

test("a restart that the server is away for is tried again every 5 s", async () => {
  await watch([], async ({ has, letIn }) => {
    await has("newer");
    letIn();
    await answers("PUT instance", 2);
    await save("newest");
    // The stream, which is there already, tells that it is rolled out.
    isShut = true;
    const { deployment } = (await ask(server, `POST ${base}/deployments`, { body: {} })).body;
    await until(
      async () => await Promise.resolve(shutOut),
      (times) => times > 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    isShut = false;
    // Each time one report, which the client may send anew.
    expect(shutOut).toBeLessThanOrEqual(5);
    await has("newest");
    expect((await deploymentEnd(server, base, deployment.number)).deployment.state).toBe("running");
  });
});

test("a deployment that was missed while the stream was lost starts the command again once, not twice", async () => {
  await watch([], async ({ has, letIn, starts }) => {
    await has("newest");
    letIn();
    await answers("PUT instance", 2);
    await save("once");
    isDeaf = true;
    for (const answer of open) answer.destroy();
    const { deployment } = (await ask(server, `POST ${base}/deployments`, { body: {} })).body;
    await until(
      async () => (await ask(server, `GET ${base}/deployments/${deployment.number}`)).body.journal,
      (journal) => journal.some(({ event }: any) => event.step === "roll" && event.state === "started"),
    );
    // This report finds that something else is deployed, before the stream can say so.
    const reports = count("PUT instance");
    await answers("PUT instance", reports + 1);
    isDeaf = false;
    await has("once");
    expect((await deploymentEnd(server, base, deployment.number)).deployment.state).toBe("running");
    await answers("PUT instance", count("PUT instance") + 1);
    expect(starts()).toBe(2);
  });
});

test("deploy and status --watch say that the server is away, and go on when it is back", async () => {
  const runs = async (revision: number): Promise<void> => {
    const body = { host: "box", pid: 1, startedAt: 1, revision, keys: "all", state: "running" };
    expect((await ask(server, `PUT ${base}/instances/slow`, { body })).status).toBe(200);
  };
  const revision = await save("slow");
  await runs(revision - 1);
  const start = (...args: readonly string[]) => {
    const child = spawn("keyroll", args, {
      cwd: shell.folder,
      env: { ...shell.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
    const says = async (what: string): Promise<void> => {
      await until(
        async () => await Promise.resolve(text),
        (all) => all.includes(what),
      );
    };
    return { child, ended: once(child, "exit"), says, text: () => text };
  };
  const deploying = start("deploy");
  await deploying.says("Rolled out");
  const watching = start("status", "--watch");
  await watching.says("box/1");
  isShut = true;
  for (const answer of open) answer.destroy();
  await Promise.all([deploying.says("Asking again every 5 s"), watching.says("Asking again every 5 s")]);
  isShut = false;
  await Promise.all([deploying.says("It answers again."), watching.says("It answers again.")]);
  await runs(revision);
  expect(await deploying.ended).toEqual([0, null]);
  watching.child.kill("SIGINT");
  await watching.ended;
  for (const { text } of [deploying, watching]) expect(text().split("Asking again").length).toBe(2);
}, 60_000);
