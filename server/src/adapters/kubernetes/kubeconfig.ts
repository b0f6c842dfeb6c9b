import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { parseDocument } from "yaml";
import type { ClusterCredential } from "../../ports/clusters.ts";
import { isJson, list, text, type Json } from "./json.ts";

const most = 256 * 1024;

/** What is refused, and what to do instead. Each would make Keyroll run code, read files or trust anybody. */
const refused: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    "exec",
    [
      "would start a program on the server",
      "Make a token: kubectl create token SERVICEACCOUNT --duration 8760h, and put it as `token`. An EKS cluster can be given by its name instead: --eks NAME.",
    ],
  ],
  [
    "auth-provider",
    [
      "would start a program on the server",
      "Make a token: kubectl create token SERVICEACCOUNT --duration 8760h, and put it as `token`.",
    ],
  ],
  ["tokenFile", ["names a file of the server", "Put the token itself: kubectl config view --raw --flatten --minify."]],
  [
    "client-certificate",
    ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."],
  ],
  ["client-key", ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."]],
  [
    "certificate-authority",
    ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."],
  ],
  ["proxy-url", ["would send the credentials through another host", "Let the server reach the cluster directly."]],
  [
    "insecure-skip-tls-verify",
    ["switches off the check of the cluster's certificate", "Put the cluster's CA as `certificate-authority-data`."],
  ],
  ["as", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-uid", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-groups", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-user-extra", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["username", ["is basic authentication, which Kubernetes removed", "Use a token or a client certificate."]],
  ["password", ["is basic authentication, which Kubernetes removed", "Use a token or a client certificate."]],
]);

const invalid = (message: string, next: string, field = "kubeconfig"): KeyrollError =>
  new KeyrollError("invalid", message, { field, next, changed: false });

const named = (config: Json, collection: string, name: string | null, inner: string): Json => {
  const found = list(config, collection).find((item) => text(item, "name") === name);
  const body = isJson(found) ? found[inner] : undefined;
  if (isJson(body)) return body;
  throw invalid(
    `The kubeconfig has no ${inner} \`${(name ?? "").slice(0, 100)}\` in \`${collection}\`.`,
    "Take a whole one: kubectl config view --raw --flatten --minify.",
  );
};

const refuse = (body: Json, where: string): void => {
  for (const [field, [why, next]] of refused) {
    const value = body[field];
    if (value === undefined || value === null || value === false || value === "") continue;
    throw invalid(`kubeconfig: \`${where}.${field}\` ${why}; it is not taken.`, next, `kubeconfig.${where}.${field}`);
  }
};

const pem = (body: Json, field: string, where: string): string | null => {
  const raw = body[field];
  if (raw === undefined || raw === null || raw === "") return null;
  const decoded =
    typeof raw === "string" && /^[A-Za-z0-9+/=\s]+$/u.test(raw) ? Buffer.from(raw, "base64").toString("latin1") : "";
  if (/-----BEGIN [A-Z ]+-----/u.test(decoded)) return decoded;
  throw invalid(
    `kubeconfig: \`${where}.${field}\` is not base64 of a PEM text.`,
    "Take it from kubectl config view --raw --flatten --minify.",
    `kubeconfig.${where}.${field}`,
  );
};

const parse = (source: string): Json => {
  if (source.length > most)
    throw new KeyrollError("limit_exceeded", `The kubeconfig has ${source.length} characters; ${most} are taken.`, {
      field: "kubeconfig",
      limit: most,
      actual: source.length,
    });
  const document = parseDocument(source, { uniqueKeys: true, customTags: [], stringKeys: true });
  let value: unknown = null;
  try {
    value = document.errors.length > 0 || document.warnings.length > 0 ? null : document.toJS({ maxAliasCount: 0 });
  } catch {
    value = null;
  }
  if (isJson(value)) return value;
  throw invalid(
    "The kubeconfig is not plain YAML (no anchors, no tags).",
    "Take it from kubectl config view --raw --flatten --minify.",
  );
};

const known = {
  cluster: new Set(["server", "certificate-authority-data", "tls-server-name"]),
  user: new Set(["token", "client-certificate-data", "client-key-data"]),
};

/**
 * Takes the cluster address, its CA and inline credentials out of a kubeconfig; everything else is refused by name
 * or listed as ignored. Opens no file and starts no program, whatever it says.
 */
export const parseKubeconfig = (
  source: string,
  context: string | undefined,
): { credential: ClusterCredential; ignored: string[] } => {
  const config = parse(source);
  const chosen = context ?? text(config, "current-context");
  const contextBody = named(config, "contexts", chosen, "context");
  refuse(contextBody, "context");
  const cluster = named(config, "clusters", text(contextBody, "cluster"), "cluster");
  const user = named(config, "users", text(contextBody, "user"), "user");
  refuse(cluster, "cluster");
  refuse(user, "user");
  const server = text(cluster, "server") ?? "";
  if (!URL.canParse(server) || new URL(server).protocol !== "https:" || new URL(server).username !== "") {
    throw invalid(
      "kubeconfig: `cluster.server` must be an https:// address without credentials in it.",
      "Correct the address.",
      "kubeconfig.cluster.server",
    );
  }
  const cert = pem(user, "client-certificate-data", "user");
  const key = pem(user, "client-key-data", "user");
  const token = text(user, "token");
  const ignored = [
    ...Object.keys(cluster)
      .filter((field) => !known.cluster.has(field))
      .map((field) => `cluster.${field}`),
    ...Object.keys(user)
      .filter((field) => !known.user.has(field))
      .map((field) => `user.${field}`),
  ];
  const rest = {
    server,
    ca: pem(cluster, "certificate-authority-data", "cluster"),
    tlsServerName: text(cluster, "tls-server-name"),
  };
  if (token !== null && token !== "") {
    if (!/^[\x21-\x7e]+$/u.test(token))
      throw invalid(
        "kubeconfig: `user.token` holds characters that no token has.",
        "Copy it again.",
        "kubeconfig.user.token",
      );
    return { credential: { ...rest, identity: { kind: "token", token } }, ignored };
  }
  if (cert !== null && key !== null)
    return { credential: { ...rest, identity: { kind: "certificate", cert, key } }, ignored };
  throw invalid(
    "kubeconfig: the user has neither `token` nor `client-certificate-data` with `client-key-data`.",
    "Take a whole one: kubectl config view --raw --flatten --minify.",
    "kubeconfig.user",
  );
};
