import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer, type Server } from "node:tls";
import type { Authority } from "./certificates.ts";
import { testbed, testbedProgram } from "./testbed.ts";

/** TLS as etcd has it with --client-cert-auth. */
const tlsOf = (authority: Authority) => {
  const { certFile, keyFile } = authority.sign("etcd");
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: readFileSync(authority.caFile),
    requestCert: true,
    rejectUnauthorized: true,
  };
};

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** An etcd that answers what a test wants, for what a real one does not do on demand. */
export const startFakeEtcd = async (authority: Authority) => {
  const asked: { readonly path: string; readonly body: unknown }[] = [];
  let answer: { readonly status: number; readonly text: string } = { status: 200, text: "{}" };
  let sent = 0;
  const server = createHttpsServer(tlsOf(authority), (request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      asked.push({ path: request.url ?? "", body: JSON.parse(text) });
      response.writeHead(answer.status, { "content-type": "application/json" });
      // In pieces, as a large answer comes, and no more once nobody listens.
      const next = (from: number): void => {
        if (response.destroyed) return;
        const piece = answer.text.slice(from, from + 16_384);
        sent += piece.length;
        if (from + 16_384 >= answer.text.length) response.end(piece);
        else response.write(piece, () => setImmediate(next, from + 16_384));
      };
      next(0);
    });
  });
  const url = await listening(server);
  return {
    url,
    asked,
    sent: (): number => sent,
    answers: (status: number, body: object | string): void => {
      answer = { status, text: typeof body === "string" ? body : JSON.stringify(body) };
    },
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/**
 * Has the test cluster's etcd forget its first moments, as it does by itself once it is some minutes old. Nobody is at work with
 * anything as old.
 */
export const forgetTheBeginning = async (): Promise<void> => {
  const body = JSON.stringify({ revision: "10" });
  const ask = ["curl", "-sS", "http://127.0.0.1:2379/v3/kv/compaction", "-d", body];
  const answer = await testbed("exec", ...ask);
  const { error } = JSON.parse(answer);
  if (error !== undefined && !String(error).includes("has been compacted")) throw new Error(answer);
};

/** The test cluster's own etcd, which only its network can reach, behind TLS with client certificates. */
export const startEtcdDoor = async (authority: Authority) => {
  const server = createTlsServer(tlsOf(authority), (socket) => {
    const inside = spawn(testbedProgram, ["exec", "socat", "-", "TCP:127.0.0.1:2379"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    socket.pipe(inside.stdin);
    inside.stdout.pipe(socket);
    for (const end of [socket, inside.stdin, inside.stdout]) end.on("error", () => inside.kill());
    socket.on("close", () => inside.kill());
  });
  const url = await listening(server);
  return { url, stop: (): void => void server.close() };
};
