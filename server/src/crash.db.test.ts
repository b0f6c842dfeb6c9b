import { expect, test } from "vitest";
import { ask, deploy, deploymentEnd, makeHome, makeProcessEnvironment, startServer } from "../../e2e/harness/server.ts";

test("save, deploy, status: running; a restart keeps everything; a later save is pending", async () => {
  const home = await makeHome();
  let server = await startServer(home);
  const base = await makeProcessEnvironment(server);
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "one" } } });
  expect((await ask(server, `GET ${base}/status`)).body).toMatchObject({
    saved: 1,
    inCluster: null,
    state: "not-deployed",
  });
  expect((await ask(server, `POST ${base}/bundle`, { body: {} })).body).toMatchObject({ code: "not_deployed" });
  const { deployment, journal } = await deploy(server, base);
  expect(deployment).toMatchObject({ state: "running", goal: { revision: 1 }, live: "goal" });
  const steps = journal
    .filter((line: any) => line.event.type === "step" && line.event.state === "done")
    .map((line: any) => line.event.step);
  expect(steps).toEqual(["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"]);
  await server.kill();
  server = await startServer(home);
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { A: "two" } } });
  expect((await ask(server, `GET ${base}/status`)).body).toMatchObject({ saved: 2, inCluster: 1, state: "not-live" });
  expect((await ask(server, `POST ${base}/bundle`, { body: {} })).body).toEqual({ revision: 1, values: { A: "one" } });
  await server.stop();
  await home.remove();
});

test("a server killed in the middle of deployments goes on with them", async () => {
  const home = await makeHome();
  let server = await startServer(home);
  const base = await makeProcessEnvironment(server);
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "0" } } });
  for (let round = 1; round <= 4; round++) {
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: round, body: { set: { A: String(round) } } });
    const { body } = await ask(server, `POST ${base}/deployments`, { body: {} });
    await new Promise((resolve) => setTimeout(resolve, round * 7));
    await server.kill();
    server = await startServer(home);
    const end = await deploymentEnd(server, base, body.deployment.number, 60);
    expect(end.deployment).toMatchObject({ state: "running", goal: { revision: round + 1 } });
    const seqs = end.journal.map((line: any) => line.seq);
    expect(seqs).toEqual(seqs.toSorted((a: number, b: number) => a - b));
  }
  await server.stop();
  await home.remove();
}, 300_000);
