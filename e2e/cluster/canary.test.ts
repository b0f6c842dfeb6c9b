import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { filesBelow, placesOf, processTree, unpackRelease } from "../harness/canary.ts";
import { kubectl, makePlace, makeSite, podEnvironments, save } from "../harness/cluster.ts";
import { ask, askToTheEnd, bootstrapToken, deploy, until } from "../harness/server.ts";
import { makeShell } from "../harness/transcript.ts";

test("a value lies in the store, in app-secrets and in the pods, and nowhere else", async () => {
  const secretText = (name: string): string => `${name}+${randomBytes(18).toString("base64url")}/ä`;
  const canary = secretText("canary");
  const foreign = secretText("foreign");
  const site = await makeSite({ KEYROLL_LOG_LEVEL: "debug" });
  const { server } = site;
  const place = await makePlace(site, {
    values: { keys: ["PASSWORD"], replicas: 1 },
    settings: { crashGraceSeconds: 3 },
  });
  const seen = new Map<string, string>();
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      for (const [name, text] of processTree(server.pid)) seen.set(`${name} ${text.length}`, text);
      await pause(30);
    }
  };
  const watched = watch();
  const replies: string[] = [];
  const tell = async (what: string, options: object = {}): Promise<void> => {
    const reply = await ask(server, what, options);
    replies.push(JSON.stringify(reply.body) + JSON.stringify([...reply.headers]));
  };
  try {
    await save(server, place.base, { set: { PASSWORD: canary } });
    const { deployment, journal } = await deploy(server, place.base);
    expect(deployment.state, deployment.outcome).toBe("running");
    replies.push(JSON.stringify(journal));
    const [env] = await podEnvironments(place.namespace);
    expect(env?.get("PASSWORD")).toBe(canary);

    // Everything that goes wrong with a value in it, and everything that lists.
    await tell(`PATCH ${place.base}/secrets`, { ifMatch: 1, body: { set: { "BAD KEY": canary } } });
    await tell(`PATCH ${place.base}/secrets`, { ifMatch: 9, body: { set: { PASSWORD: canary } } });
    await tell(`PATCH ${place.base}/secrets`, { ifMatch: 1, body: { set: { PASSWORD: { base64: canary } } } });
    await tell(`PATCH ${place.base}/secrets`, {
      ifMatch: 1,
      body: { set: { PASSWORD: canary, X: canary.repeat(40_000) } },
    });
    await tell(`POST ${place.base}/secrets/import`, {
      body: { text: `A=1\nA=${canary}\nB="${canary}\n${canary}\n`, apply: true },
    });
    await tell(`POST ${place.base}/secrets/plan`, { body: { set: { PASSWORD: canary, "X Y": canary } } });
    await tell(`GET ${place.base}/secrets`);
    await tell(`GET ${place.base}/revisions`);
    await tell(`GET ${place.base}/status`);
    await tell("GET /audit");
    await tell(`POST ${place.base}/preflight`, { body: {} });
    const revealed = await ask(server, `POST ${place.base}/secrets/PASSWORD/reveal`, { body: {} });
    expect(revealed.body.value).toBe(canary);
    expect(revealed.headers.get("cache-control")).toBe("no-store");

    // What somebody else writes is no less secret: it is seen from afar, told as drift, remembered and adopted.
    const theirs = { data: { PASSWORD: Buffer.from(foreign).toString("base64") } };
    const inPlace = ["-n", place.namespace, "--field-manager=kubectl-edit"];
    await kubectl("patch", "secret", "app-secrets", ...inPlace, "--type=merge", "-p", JSON.stringify(theirs));
    await until(
      async () => await ask(server, `GET ${place.base}/drift`),
      ({ body }) => body.drift?.length === 1,
    );
    await until(
      async () => (await ask(server, "GET /status")).body.items[0],
      ({ drift }) => drift === true,
      90,
    );
    await tell(`GET ${place.base}/drift`);
    await tell("GET /status");
    await tell("GET /metrics");
    const adopting = { ifMatch: 1, body: { action: "adopt", place: "cluster", keys: ["PASSWORD"] } };
    const adopted = await askToTheEnd(server, `POST ${place.base}/drift`, adopting);
    expect(adopted.body).toMatchObject({ revision: 2 });
    replies.push(JSON.stringify(adopted.body));

    // The command line: a child's environment is what `run` is for; its own argv and output are not.
    const [, app = "", , name = ""] = place.base.slice(1).split("/");
    const shell = await makeShell({
      url: server.url,
      token: bootstrapToken,
      env: { KEYROLL_APP: app, KEYROLL_ENV: name },
    });
    replies.push(
      await shell.run(
        "keyroll ls --json; keyroll history; keyroll show 1; keyroll status; keyroll deployment 1; keyroll diff",
      ),
    );
    replies.push(await shell.run('keyroll run -- sh -c \'tr "\\0" " " < /proc/$PPID/cmdline\''));
    replies.push(await shell.run("keyroll run -- no-such-command; keyroll run -- sh -c 'kill -9 $$'"));
    for (const [path, content] of filesBelow(shell.home)) replies.push(path, Buffer.from(content).toString("utf8"));
    await shell.remove();
  } finally {
    watching.abort();
    await watched;
  }

  const places = new Map<string, Uint8Array | string>();
  places.set("answers", replies.join("\n"));
  places.set("the server's output", server.output());
  for (const [process, text] of seen) places.set(`process ${process}`, text);
  for (const [path, content] of filesBelow(site.home.dataDir)) places.set(path, content);
  const secret = JSON.parse(
    await kubectl("get", "secret", "app-secrets", "-n", place.namespace, "-o", "json", "--show-managed-fields"),
  );
  expect(Buffer.from(secret.data.PASSWORD, "base64").toString()).toBe(foreign);
  places.set("marks of app-secrets", JSON.stringify({ ...secret, data: null }));
  const releases = JSON.parse(await kubectl("get", "secret", "-n", place.namespace, "-l", "owner=helm", "-o", "json"));
  expect(releases.items.length).toBeGreaterThan(0);
  for (const one of releases.items) places.set(`release ${one.metadata.name}`, unpackRelease(one.data.release));
  for (const kind of ["events", "pods", "deployments", "replicasets", "configmaps"])
    places.set(kind, await kubectl("get", kind, "-n", place.namespace, "-o", "yaml"));
  expect([...placesOf(canary, places), ...placesOf(foreign, places)]).toEqual([]);
  // Enough was looked at: the database, Helm's own process, its release.
  expect([...places.keys()].filter((one) => one.includes("keyroll.db")).length).toBeGreaterThan(0);
  expect([...seen.values()].some((text) => text.includes("upgrade") && text.includes("--install"))).toBe(true);

  // The same search finds a planted leak, in each form.
  const planted = join(site.home.dataDir, "planted");
  for (const leak of [
    canary,
    Buffer.from(canary).toString("hex"),
    Buffer.from(`x${canary}y`).toString("base64"),
    Buffer.from(`PASSWORD=${canary}`).toString("base64"),
  ]) {
    writeFileSync(planted, `before ${leak} after`);
    expect(placesOf(canary, new Map([[planted, readFileSync(planted)]]))).toEqual([planted]);
  }
  await server.stop();
  const database = new Database(join(site.home.dataDir, "keyroll.db"), { readonly: true });
  for (const table of ["known_drift", "observations", "connection_looks"])
    expect(database.prepare(`select count(*) as rows from ${table}`).get(), table).toMatchObject({ rows: 1 });
  database.close();
  await site.stop();
  await place.remove();
});
