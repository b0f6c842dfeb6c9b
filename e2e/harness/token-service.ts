import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly form: URLSearchParams;
}

/** A service on loopback that gives tokens, as a cloud's does; `answer` may refuse. */
export const startTokenService = async (
  answer: (asked: Asked) => { readonly status: number; readonly body: object } = () => ({
    status: 200,
    body: { access_token: "a-token", expires_in: 3600 },
  }),
) => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, form: new URLSearchParams(text) };
      asked.push(one);
      const { status, body } = answer(one);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};
