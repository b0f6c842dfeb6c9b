import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ask, makeHome, operationEnd, startServer } from "../../e2e/harness/server.ts";

test("when the other store's place is changed while values move there, they stay: the connection leads elsewhere", async () => {
  const [isAsked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // A Vault in which nothing lies, and which takes its time to say so.
  const slow = createServer(({ url }, response) => {
    isAsked.resolve();
    const [status, body] =
      url?.endsWith("/lookup-self") === true ? [200, '{"data":{"ttl":0}}'] : [404, '{"errors":[]}'];
    void answer.promise.then(() => response.writeHead(status, { "content-type": "application/json" }).end(body));
  });
  await new Promise<void>((resolve) => {
    slow.listen(0, "127.0.0.1", resolve);
  });
  const address = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
  const home = await makeHome();
  const server = await startServer({ ...home, env: { VAULT_ADDR: address, VAULT_TOKEN: "test" } });
  try {
    const [base, cluster] = ["/apps/shop/environments/dev", { kind: "process" }];
    const store = (prefix: string) => ({ kind: "vault", settings: { address, prefix } });
    await ask(server, "POST /apps", { body: { name: "shop" } });
    await ask(server, "POST /connections", { body: { name: "here", cluster } });
    await ask(server, "POST /connections", { body: { name: "vault", cluster, store: store("one") } });
    await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
    const moving = ask(server, `POST ${base}/store/move`, { body: { connection: "vault" } });
    await isAsked.promise;
    expect((await ask(server, "PATCH /connections/vault", { body: { store: store("two") } })).status).toBe(200);
    answer.resolve();
    const { body: first } = await moving;
    const end = first.operation === undefined ? first : await operationEnd(server, base, first.operation.id);
    expect(end.problem ?? end).toMatchObject({ code: "in_use", detail: /was changed meanwhile/u, changed: false });
    const { environment } = (await ask(server, `GET ${base}`)).body;
    expect(environment).toMatchObject({ connection: "here", moving: false });
  } finally {
    await server.stop();
    await home.remove();
    slow.close();
  }
});
