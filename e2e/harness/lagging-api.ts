import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { createServer, request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeAuthority } from "./certificates.ts";
import { testbed, testbedProgram } from "./testbed.ts";

/** The API server as a kubelet sees it whose watches of Secrets lag, or whose clock is wrong, and nothing else of it is. */
export interface LaggingApi {
  /** The node of the test cluster goes this way from now on; its kubelet starts anew. */
  attach(): Promise<void>;
  /** What is new of Secrets stays here from now on. */
  hold(): void;
  /** How many pieces of it came since then. */
  held(): number;
  /** They go on, in their order. */
  release(): void;
  /** Its clock is so many milliseconds ahead from now on (below zero: behind), in what it says of its pods. */
  skew(ms: number): void;
  /** The node goes its own way again, and where it cannot be started, the rest is put away all the same. */
  stop(): Promise<void>;
}

const port = 16_543;
const isSecretsWatch = (path: string): boolean =>
  /^\/api\/v1\/namespaces\/[^/]+\/secrets\?/u.test(path) && /[?&]watch=(?:true|1)\b/u.test(path);

const isPodStatus = (method: string | undefined, path: string): boolean =>
  method === "PATCH" && /^\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/status(?:\?|$)/u.test(path);

/** The times that a kubelet takes from its own clock. */
const withClock = (status: string, ms: number): string =>
  status.replaceAll(
    /"(startTime|startedAt|finishedAt)":"([^"]+)"/gu,
    (_, name: string, at: string) =>
      `"${name}":"${new Date(Date.parse(at) + ms).toISOString().replace(/\.\d+Z$/u, "Z")}"`,
  );

/** What a kubeconfig of the testbed holds: JSON, with all of it inside. */
const kubeletConfig = () => {
  const file = join(dirname(process.env["KUBECONFIG"] ?? ""), "kubelet.kubeconfig");
  const config = JSON.parse(readFileSync(file, "utf8"));
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const pem = (data: string): string => Buffer.from(data, "base64").toString();
  const to: RequestOptions = {
    hostname: "127.0.0.1",
    port: new URL(cluster.server).port,
    ca: pem(cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  };
  return { config, cluster, to };
};

const restartNode = async (...kubeconfig: readonly string[]): Promise<void> => {
  await testbed("stop", "node");
  await testbed("start", "node", ...kubeconfig);
};

export const startLaggingApi = async (): Promise<LaggingApi> => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-lag-"));
  const [socket, kubeconfigFile] = [join(folder, "api.sock"), join(folder, "kubeconfig")];
  const authority = makeAuthority();
  const { certFile, keyFile } = authority.sign("api");
  const { config, cluster, to } = kubeletConfig();
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  let isHeld = false;
  let held = 0;
  let ahead = 0;
  const passLate = async (got: IncomingMessage, answer: ServerResponse): Promise<void> => {
    for await (const piece of got) {
      if (isHeld) held += 1;
      await gate.promise;
      answer.write(piece);
    }
    answer.end();
  };
  const passSkewed = async (asked: IncomingMessage, onward: ClientRequest): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of asked) pieces.push(piece as Buffer);
    onward.end(withClock(Buffer.concat(pieces).toString("utf8"), ahead));
  };
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (asked, answer) => {
    const { url: path = "", method } = asked;
    const isSkewed = ahead !== 0 && isPodStatus(method, path);
    // Times are as long as they were: so is what is sent.
    const onward = request({ ...to, path, method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      answer.flushHeaders();
      if (isSecretsWatch(path)) passLate(got, answer).catch(() => answer.destroy());
      else got.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    if (isSkewed) passSkewed(asked, onward).catch(() => answer.destroy());
    else asked.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  // In the network namespace of the test cluster, where its kubelet is.
  const listen = [`TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,nodelay`, `UNIX-CONNECT:${socket}`];
  const door = spawn(testbedProgram, ["exec", "socat", ...listen], { detached: true, stdio: "ignore" });
  writeFileSync(
    kubeconfigFile,
    JSON.stringify({
      ...config,
      clusters: [
        {
          ...config.clusters[0],
          cluster: {
            ...cluster,
            server: `https://127.0.0.1:${port}`,
            "certificate-authority-data": readFileSync(authority.caFile).toString("base64"),
          },
        },
      ],
    }),
    { mode: 0o600 },
  );
  const putAway = (): void => {
    if (door.pid !== undefined) process.kill(-door.pid, "SIGKILL");
    server.closeAllConnections();
    server.close();
    authority.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    attach: async () => await restartNode(kubeconfigFile),
    hold: () => {
      gate = Promise.withResolvers();
      isHeld = true;
      held = 0;
    },
    held: () => held,
    release: () => {
      isHeld = false;
      gate.resolve();
    },
    skew: (ms) => {
      ahead = ms;
    },
    stop: async () => {
      try {
        await restartNode();
      } finally {
        putAway();
      }
    },
  };
};
