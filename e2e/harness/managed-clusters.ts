import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeAuthority } from "./certificates.ts";

/** Tokens and credentials that must be nowhere but where they are sent. */
export const proofs = {
  cluster: "canary-cluster-token",
  google: "canary-google-access-token",
  azure: "canary-azure-access-token",
  secret: "canary-azure-client-secret",
};

export const gkeName = "projects/shop-prod-1/locations/europe-west1/clusters/shop";
export const aksId =
  "/subscriptions/0b1c2d3e-1111-2222-3333-444455556666/resourceGroups/shop.prod/providers/Microsoft.ContainerService/managedClusters/shop";

/** What a cloud's API answers, for one cluster and whoever has its token. */
interface Answer {
  status: number;
  body: object | string;
}

const say = (response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};

const read = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
};

/**
 * A cluster whose control plane a cloud runs, as much of it as a connection asks, and beside it our own reading of what
 * is published of three services: Google's metadata server and Kubernetes Engine API, Azure's sign-in and Resource
 * Manager. What is not as that text has it is refused, with the provider's own words.
 */
export const startManagedClusters = async () => {
  const authority = makeAuthority();
  const { certFile, keyFile } = authority.sign("kubernetes");
  const ca = readFileSync(authority.caFile, "utf8");
  let gitVersion = "v1.34.1-gke.1080000";
  const answerOfCluster = (token: string | undefined, path: string): Answer => {
    if (token !== `Bearer ${proofs.cluster}`) return { status: 401, body: { kind: "Status", message: "Unauthorized" } };
    if (path === "/version") return { status: 200, body: { gitVersion } };
    if (path.endsWith("/kube-system")) return { status: 200, body: { metadata: { uid: "managed" } } };
    if (path.startsWith("/api/v1/nodes")) return { status: 403, body: { kind: "Status", message: "forbidden" } };
    return { status: 201, body: { status: { allowed: true } } };
  };
  const cluster = createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
    say(response, answerOfCluster(request.headers.authorization, request.url ?? ""));
  });

  const asked: string[] = [];
  let gke: Answer = { status: 200, body: {} };
  let aks: (version: string) => Answer = () => ({ status: 200, body: {} });
  const google = (status: number, name: string): Answer => ({
    status,
    body: { error: { code: status, status: name, message: "text of Google's" } },
  });
  const azure = (status: number, code: string): Answer => ({
    status,
    body: { error: { code, message: "text of Azure's" } },
  });
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method, url: path = "", headers } = request;
    const url = new URL(path, "http://x");
    asked.push(`${method} ${path}`);
    if (url.pathname === "/computeMetadata/v1/instance/service-accounts/default/token")
      return method === "GET" && headers["metadata-flavor"] === "Google"
        ? { status: 200, body: { access_token: proofs.google, expires_in: 3599, token_type: "Bearer" } }
        : google(403, "PERMISSION_DENIED");
    if (url.pathname === "/tenant/oauth2/v2.0/token") {
      const form = Object.fromEntries(new URLSearchParams(await read(request)));
      const isRight =
        method === "POST" &&
        form["grant_type"] === "client_credentials" &&
        form["client_secret"] === proofs.secret &&
        form["scope"] === "https://management.azure.com/.default";
      return isRight
        ? { status: 200, body: { access_token: proofs.azure, expires_in: 3599, token_type: "Bearer" } }
        : { status: 400, body: { error: "invalid_scope" } };
    }
    if (url.pathname.startsWith("/v1/")) {
      if (headers.authorization !== `Bearer ${proofs.google}`) return google(401, "UNAUTHENTICATED");
      if (method !== "GET" || url.search !== "") return google(400, "INVALID_ARGUMENT");
      return url.pathname === `/v1/${gkeName}` ? gke : google(404, "NOT_FOUND");
    }
    if (headers.authorization !== `Bearer ${proofs.azure}`) return azure(401, "InvalidAuthenticationToken");
    const version = url.searchParams.get("api-version") ?? "";
    if (method !== "GET" || !/^\d{4}-\d\d-\d\d(-preview)?$/u.test(version))
      return azure(400, "MissingApiVersionParameter");
    return url.pathname === aksId ? aks(version) : azure(404, "ResourceNotFound");
  };
  const clouds = createServer((request, response) => void answer(request).then((found) => say(response, found)));
  for (const server of [cluster, clouds])
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const [server, url] = [cluster, clouds].map((one) => `127.0.0.1:${(one.address() as AddressInfo).port}`);

  /** A kubeconfig of the cluster; `own` replaces parts of its cluster entry. */
  const kubeconfig = (own: object = {}): string =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "one",
      contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
      clusters: [
        {
          name: "one",
          cluster: {
            server: `https://${server}`,
            "certificate-authority-data": Buffer.from(ca).toString("base64"),
            ...own,
          },
        },
      ],
      users: [{ name: "one", user: { token: proofs.cluster } }],
    });

  return {
    ca,
    kubeconfig,
    /** Requests to the clouds. */
    asked,
    /** What makes a server ask here, signed in to both clouds. */
    env: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER: `http://${url}`,
      GCE_METADATA_HOST: url,
      AZURE_RESOURCE_MANAGER_URL: `http://${url}`,
      AZURE_AUTHORITY_HOST: `http://${url}`,
      AZURE_TENANT_ID: "tenant",
      AZURE_CLIENT_ID: "client",
      AZURE_CLIENT_SECRET: proofs.secret,
    } as Record<string, string>,
    /** What the cluster calls its version. */
    versionIs: (version: string): void => {
      gitVersion = version;
    },
    /** GKE's answer: `databaseEncryption`, and what else differs from the cluster here. */
    gkeSays: (databaseEncryption: object | undefined, own: object = {}): void => {
      const masterAuth = { clusterCaCertificate: Buffer.from(ca).toString("base64") };
      gke = {
        status: 200,
        body: { name: "shop", endpoint: "127.0.0.1", masterAuth, databaseEncryption, status: "RUNNING", ...own },
      };
    },
    gkeRefuses: (status: number, name: string): void => {
      gke = google(status, name);
    },
    gkeAnswers: (status: number, body: string): void => {
      gke = { status, body };
    },
    /** AKS's answer by the version of the API that is asked. */
    aksSays: (properties: (version: string) => object | null): void => {
      aks = (version) => {
        const found = properties(version);
        return found === null
          ? azure(400, "InvalidApiVersionParameter")
          : {
              status: 200,
              body: { id: aksId, properties: { fqdn: "127.0.0.1", provisioningState: "Succeeded", ...found } },
            };
      };
    },
    aksRefuses: (status: number, code: string): void => {
      aks = () => azure(status, code);
    },
    stop: (): void => {
      authority.remove();
      for (const one of [cluster, clouds]) {
        one.closeAllConnections();
        one.close();
      }
    },
  };
};
