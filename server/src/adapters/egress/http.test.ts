import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { makeAuthority } from "../../../../e2e/harness/certificates.ts";
import { lazyHttp } from "./http.ts";

test("a server that goes away in the middle of a body is an error of that call, and no end of the process", async () => {
  const authority = makeAuthority();
  const { certFile, keyFile } = authority.sign("server");
  const spoken: string[] = [];
  const server = createSecureServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile), allowHTTP1: true },
    (request, response) => {
      spoken.push(request.httpVersion);
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"half": ');
      setTimeout(() => request.socket.destroy(), 20);
    },
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const { request, dispatcher } = await lazyHttp({ ca: readFileSync(authority.caFile, "utf8") })();
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let round = 0; round < 5; round++) {
      const { body } = await request(url, { dispatcher });
      await expect(body.text()).rejects.toThrow(/aborted|closed|terminated|ECONNRESET/u);
    }
    await dispatcher.destroy();
    expect(new Set(spoken)).toEqual(new Set(["1.1"]));
  } finally {
    server.close();
    authority.remove();
  }
});
