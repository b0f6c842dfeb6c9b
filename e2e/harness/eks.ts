import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a cluster's authenticator takes in a token's question; anything else is refused. */
const taken = new Set([
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
]);

/** A certificate of this test's own authority, for loopback. */
const makeCertificate = (): { readonly key: string; readonly cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-eks-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject],
      {
        stdio: "ignore",
      },
    );
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/**
 * One EKS cluster `shop` in eu-west-1: the API that tells where it is, and as much of an API server as a connection
 * asks. Whoever comes is asked about at STS (the emulator at `sts`), with the question that the token holds, as a
 * cluster's authenticator does it; `entries` are the ARNs that may enter.
 */
export const startEks = async (sts: string, entries: Set<string>) => {
  const { key, cert } = makeCertificate();
  let encryption: object = { version: "1.34" };
  const seen: { readonly token: string; readonly arn: string }[] = [];
  const described: string[] = [];
  const paths: string[] = [];
  const whoIs = async (token: string): Promise<string | null> => {
    const url = new URL(Buffer.from(token.replace(/^k8s-aws-v1\./u, ""), "base64url").toString());
    const isClean =
      token.startsWith("k8s-aws-v1.") &&
      url.host === "sts.eu-west-1.amazonaws.com" &&
      [...url.searchParams.keys()].every((name) => taken.has(name)) &&
      url.searchParams.get("Action") === "GetCallerIdentity" &&
      url.searchParams.get("X-Amz-SignedHeaders") === "host;x-k8s-aws-id";
    if (!isClean) return null;
    const answer = await fetch(`${sts}/${url.search}`, { headers: { "x-k8s-aws-id": "shop" } });
    return /<Arn>([^<]*)/u.exec(await answer.text())?.[1] ?? null;
  };
  const answerTo = async (token: string, path: string): Promise<readonly [status: number, body: object]> => {
    const arn = await whoIs(token);
    if (arn === null || !entries.has(arn)) return [401, { kind: "Status", message: "Unauthorized" }];
    seen.push({ token, arn });
    if (path === "/version") return [200, { gitVersion: "v1.34.0-eks" }];
    if (path.includes("/kube-system")) return [200, { metadata: { uid: "eks-shop" } }];
    return [201, { status: { allowed: true } }];
  };
  const cluster = createTlsServer({ key, cert }, (request, response) => {
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    void answerTo(token, request.url ?? "").then(([status, body]) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => void cluster.listen(0, "127.0.0.1", resolve));
  const endpoint = `https://127.0.0.1:${(cluster.address() as AddressInfo).port}`;
  const data = Buffer.from(cert).toString("base64");
  const service = createServer((request, response) => {
    described.push(String(request.headers.authorization));
    paths.push(request.url ?? "");
    const isShop = request.url === "/clusters/shop";
    const body = isShop
      ? { cluster: { name: "shop", status: "ACTIVE", endpoint, certificateAuthority: { data }, ...encryption } }
      : { message: "No cluster found." };
    response.writeHead(isShop ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void service.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    endpoint,
    seen,
    described,
    /** What the service was asked for. */
    paths,
    /** What DescribeCluster says besides: `version` and `encryptionConfig`. */
    encrypts: (facts: object): void => {
      encryption = facts;
    },
    stop: (): void => {
      for (const server of [cluster, service]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
};
