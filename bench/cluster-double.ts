import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeAuthority } from "../e2e/harness/certificates.ts";
import type { SeededEnvironment } from "./seed-fleet.ts";

/** What an API server answers to lists and gets of Secrets and pods, from memory, as large as the real one's. */
export interface ClusterDouble {
  readonly kubeconfig: string;
  /** Requests since the last call, watches apart. */
  requests(): number;
  /** The pods of so many environments were seen to change. */
  touch(environments: number): void;
  stop(): void;
}

const made = "2026-11-01T10:00:00Z";
const started = "2026-11-01T11:00:00Z";
const podsOfEach = 2;
const fields = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [`f:${name}`, { ".": {}, "f:type": {}, "f:status": {} }]));

const secretOf = ({ id, namespace, resourceVersion }: SeededEnvironment) => ({
  metadata: {
    name: "app-secrets",
    namespace,
    uid: `s-${id}`,
    resourceVersion,
    creationTimestamp: made,
    labels: { "app.kubernetes.io/managed-by": "keyroll" },
    annotations: { "keyroll.dev/environment": id, "keyroll.dev/revision": "1" },
    managedFields: [
      {
        manager: "keyroll",
        operation: "Update",
        apiVersion: "v1",
        time: made,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": fields(Array.from({ length: 20 }, (_, at) => `KEY_NUMBER_${at}`)), "f:type": {} },
      },
    ],
  },
});

const podOf = ({ id, namespace }: SeededEnvironment, at: number, changes: number) => ({
  metadata: {
    name: `app-6d5f8c7b9d-${id.slice(-5)}${at}`,
    namespace,
    uid: `p-${id}-${at}`,
    resourceVersion: `${changes}2${id.slice(-6)}${at}`,
    creationTimestamp: started,
    labels: { app: "app", "pod-template-hash": "6d5f8c7b9d" },
    managedFields: ["kube-controller-manager", "kubelet"].map((manager) => ({
      manager,
      operation: "Update",
      apiVersion: "v1",
      time: started,
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": fields(["labels", "app"]),
        "f:spec": fields(["containers", "dnsPolicy", "nodeName", "volumes"]),
      },
    })),
  },
  spec: {
    containers: [
      {
        name: "main",
        image: "app:1",
        env: [{ name: "A", valueFrom: { secretKeyRef: { name: "app-secrets", key: "A" } } }],
      },
    ],
  },
  status: {
    phase: "Running",
    startTime: started,
    containerStatuses: [{ name: "main", restartCount: 0, state: { running: { startedAt: started } } }],
  },
});

export const startClusterDouble = async (environments: readonly SeededEnvironment[]): Promise<ClusterDouble> => {
  const authority = makeAuthority();
  const { certFile, keyFile } = authority.sign("kubernetes");
  const byNamespace = new Map(environments.map((one) => [one.namespace, one]));
  const changes = new Map<string, number>();
  let next = 0;
  let counted = 0;
  const podsIn = (one: SeededEnvironment) =>
    Array.from({ length: podsOfEach }, (_, at) => podOf(one, at, changes.get(one.id) ?? 0));
  const metadata = ({ metadata: only }: { readonly metadata: object }) => ({ metadata: only });
  /** A page is made once: making it is not what is measured. */
  const pages = new Map<string, string>();
  const page = (kind: string, each: number, from: number, limit: number): string => {
    const known = pages.get(`${kind}/${from}`);
    if (known !== undefined) return known;
    const part = environments.slice(from, from + Math.floor(limit / each));
    const items = part.flatMap((one): object[] =>
      kind === "pods" ? podsIn(one).map(metadata) : [metadata(secretOf(one))],
    );
    const end = from + part.length;
    const text = JSON.stringify({
      metadata: { resourceVersion: "9", ...(end < environments.length ? { continue: String(end) } : {}) },
      items,
    });
    pages.set(`${kind}/${from}`, text);
    return text;
  };
  const answer = (url: URL): string => {
    const [, , , namespaces, namespace = "", kind, name] = url.pathname.split("/");
    const query = (key: string): number => Number(url.searchParams.get(key) ?? 0);
    if (url.pathname.endsWith("/kube-system")) return JSON.stringify({ metadata: { uid: "double" } });
    if (namespaces === "pods" || namespaces === "secrets")
      return page(namespaces, namespaces === "pods" ? podsOfEach : 1, query("continue"), query("limit"));
    const one = byNamespace.get(namespace);
    if (one !== undefined && kind === "secrets" && name !== undefined) return JSON.stringify(secretOf(one));
    const items = one !== undefined && kind === "pods" ? podsIn(one) : [];
    return JSON.stringify({ metadata: { resourceVersion: "9" }, items });
  };
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
    const url = new URL(request.url ?? "", "https://double");
    response.writeHead(200, { "content-type": "application/json" });
    if (url.searchParams.get("watch") === "true") response.flushHeaders();
    else {
      counted += 1;
      response.end(answer(url));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(authority.caFile).toString("base64");
  return {
    kubeconfig: JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca } }],
      users: [{ name: "u", user: { token: "t" } }],
    }),
    requests: () => {
      const now = counted;
      counted = 0;
      return now;
    },
    touch: (count) => {
      for (let at = 0; at < count; at++) {
        const one = environments[next++ % environments.length];
        if (one !== undefined) changes.set(one.id, (changes.get(one.id) ?? 0) + 1);
      }
      pages.clear();
      // Made beforehand: it is not what is measured.
      for (let from = 0; from < environments.length; from += 750) page("pods", podsOfEach, from, 1500);
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
      authority.remove();
    },
  };
};
