import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { Certificate } from "./certificates.ts";

export interface Pulled {
  readonly method: string;
  readonly path: string;
  /** User and password; null: none were sent. */
  readonly as: string | null;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const digestOf = (bytes: string | Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Charts by version, as `helm push` lays them out in a registry. */
const layOut = (name: string, charts: ReadonlyMap<string, Uint8Array>): Map<string, Answer> => {
  const answers = new Map<string, Answer>();
  const keep = (bytes: string | Uint8Array): { digest: string; size: number } => {
    const digest = digestOf(bytes);
    const headers = { "content-type": "application/octet-stream", "docker-content-digest": digest };
    answers.set(`blobs/${digest}`, { status: 200, headers, body: bytes });
    return { digest, size: Buffer.byteLength(bytes) };
  };
  for (const [version, bytes] of charts) {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: "application/vnd.cncf.helm.config.v1+json",
        ...keep(JSON.stringify({ apiVersion: "v2", name: name.split("/").at(-1), version })),
      },
      layers: [{ mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", ...keep(bytes) }],
    });
    const digest = digestOf(manifest);
    const headers = { "content-type": manifestType, "docker-content-digest": digest };
    for (const reference of [version, digest])
      answers.set(`manifests/${reference}`, { status: 200, headers, body: manifest });
  }
  answers.set("tags/list", { status: 200, body: JSON.stringify({ name, tags: [...charts.keys()] }) });
  return answers;
};

/**
 * A private registry with one repository, on port 443 of an address of loopback; it asks for a user and a password as
 * ECR does.
 */
export const startRegistry = async (options: {
  readonly address: string;
  readonly certificate: Certificate;
  readonly repository: string;
  readonly charts: ReadonlyMap<string, Uint8Array>;
  /** Whether `user:password` may come in; null: it was good once and is not any more. */
  readonly knows: (as: string) => boolean | null;
}) => {
  const { address, certificate, repository, charts, knows } = options;
  const pulled: Pulled[] = [];
  const answers = layOut(repository, charts);
  let isClosed = false;
  let holding: { readonly held: () => void } | null = null;
  const refuse = (status: number, code: string, message: string): Answer => ({
    status,
    headers:
      status === 401 ? { "www-authenticate": 'Basic realm="https://registry/",service="ecr.amazonaws.com"' } : {},
    body: JSON.stringify({ errors: [{ code, message }] }),
  });
  const answerTo = (path: string, as: string | null): Answer => {
    const known = as === null ? false : knows(as);
    if (as === null || known === false) return refuse(401, "UNAUTHORIZED", "Not Authorized");
    if (known === null) return refuse(403, "DENIED", "Your authorization token has expired.");
    if (path === "/v2/") return { status: 200, body: "{}" };
    if (isClosed) return refuse(403, "DENIED", "User is not authorized to perform: ecr:BatchGetImage");
    const found = path.startsWith(`/v2/${repository}/`) ? answers.get(path.slice(repository.length + 5)) : undefined;
    return found ?? refuse(404, "NAME_UNKNOWN", "It does not exist");
  };
  const server = createServer(
    { key: readFileSync(certificate.keyFile), cert: readFileSync(certificate.certFile) },
    (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const { authorization } = request.headers;
      const as =
        authorization === undefined ? null : Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
      pulled.push({ method: request.method ?? "", path, as });
      if (holding !== null) {
        holding.held();
        return;
      }
      const { status, headers, body = "" } = answerTo(path, as);
      response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? "" : body);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(443, address, resolve);
  });
  return {
    pulled,
    /** Whoever signs in may read nothing. */
    closes: (now: boolean): void => {
      isClosed = now;
    },
    /** Answers nobody any more; resolves when somebody waits. */
    hold: async (): Promise<void> =>
      await new Promise((held) => {
        holding = { held };
      }),
    release: (): void => {
      holding = null;
    },
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type Registry = Awaited<ReturnType<typeof startRegistry>>;
