import { isIP } from "node:net";
import { join } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import type { EtcdAccess } from "./adapters/kubernetes/encryption/etcd.ts";
import { isNetwork } from "./ports/networks.ts";

/** Everything that the environment of the process says. */
export interface Config {
  /** KEYROLL_LISTEN: address and port; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** KEYROLL_PUBLIC_URL: where people reach the console; null: the listening address. */
  readonly publicUrl: string | null;
  /** KEYROLL_TRUSTED_PROXIES: addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** KEYROLL_DATA_DIR: SQLite database and master key; 0700. */
  readonly dataDir: string;
  /** KEYROLL_DATABASE_URL: empty is SQLite in the data folder, else postgres://… */
  readonly databaseUrl: string | null;
  /** KEYROLL_MASTER_KEY_FILE: null: `master.key` in the data folder, made at first start (SQLite only). */
  readonly masterKeyFile: string | null;
  /** KEYROLL_BOOTSTRAP_TOKEN: accepted as an Administrator token until revoked. */
  readonly bootstrapToken: string | null;
  /** KEYROLL_LOG_LEVEL: silent, error, warn, info or debug. */
  readonly logLevel: string;
  /** KEYROLL_HELM: path of the Helm binary; null: `helm` on PATH. */
  readonly helm: string | null;
  /** KEYROLL_EGRESS_ALLOW: hosts and networks that may be reached besides the usual ones. */
  readonly egressAllow: string;
  /** KEYROLL_ETCD_ENDPOINTS, _CA_FILE, _CERT_FILE, _KEY_FILE: how to look into the etcd of a cluster of one's own. */
  readonly etcd: EtcdAccess | null;
  /** The usual variables of secret managers, as far as they are set: only their stores read them. */
  readonly providerVariables: ReadonlyMap<string, string>;
  /** PATH, for finding Helm. */
  readonly path: string;
  /** Where Keyroll runs itself, when in a cluster (set by Kubernetes). */
  readonly inCluster: { readonly host: string; readonly port: string } | null;
}

const names = [
  "KEYROLL_LISTEN",
  "KEYROLL_PUBLIC_URL",
  "KEYROLL_TRUSTED_PROXIES",
  "KEYROLL_DATA_DIR",
  "KEYROLL_DATABASE_URL",
  "KEYROLL_MASTER_KEY_FILE",
  "KEYROLL_BOOTSTRAP_TOKEN",
  "KEYROLL_LOG_LEVEL",
  "KEYROLL_HELM",
  "KEYROLL_EGRESS_ALLOW",
  "KEYROLL_ETCD_ENDPOINTS",
  "KEYROLL_ETCD_CA_FILE",
  "KEYROLL_ETCD_CERT_FILE",
  "KEYROLL_ETCD_KEY_FILE",
];

/**
 * What a store may read of the process: credentials of a secret manager, and whom they are for.
 * - KEYROLL_VAULT_KUBERNETES_TOKEN_FILE: token for Vault's auth method `kubernetes`; the pod's own when absent.
 * - KEYROLL_VAULT_JWT_FILE: token for its auth method `jwt`.
 */
export const providerVariables = [
  "VAULT_ADDR",
  "VAULT_TOKEN",
  "VAULT_ROLE_ID",
  "VAULT_SECRET_ID",
  "KEYROLL_VAULT_KUBERNETES_TOKEN_FILE",
  "KEYROLL_VAULT_JWT_FILE",
  "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  "AWS_ENDPOINT_URL_EKS",
  "AWS_ENDPOINT_URL_ECR",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GCE_METADATA_HOST",
  "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER",
  "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_FEDERATED_TOKEN_FILE",
  "AZURE_AUTHORITY_HOST",
  "AZURE_KEYVAULT_URL",
  "AZURE_RESOURCE_MANAGER_URL",
  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  "IDENTITY_ENDPOINT",
  "IDENTITY_HEADER",
];

/** Those that stand in place of a cloud's own address. */
const addresses = providerVariables.filter((name) =>
  /^(AWS_ENDPOINT_URL_|CLOUDSDK_API_ENDPOINT_OVERRIDES_|AZURE_KEYVAULT_URL$|AZURE_RESOURCE_MANAGER_URL$)/u.test(name),
);

/** Every setting of Keyroll's own: an unknown one is a mistake. */
const known = [...names, ...providerVariables.filter((name) => name.startsWith("KEYROLL_"))];

/** Names that only the CLI and the tests read. */
const others = /^KEYROLL_(URL|TOKEN|APP|ENV|REQUIRE|TEST_\w+|HELM3|TESTBED_\w+|CHROMIUM|EVIDENCE_FILE)$/u;

/** A host name, an address, or a network such as 10.0.0.0/8. */
const isEgressEntry = (entry: string): boolean =>
  isIP(entry.split("/")[0] ?? "") === 0 ? /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/u.test(entry) : isNetwork(entry);

/** All four or none; https only, since a client certificate is the key to a whole cluster. */
const readEtcd = (text: (name: string) => string | null, mistakes: string[]): EtcdAccess | null => {
  const endpoints = (text("KEYROLL_ETCD_ENDPOINTS") ?? "").split(",").map((one) => one.trim());
  const [caFile, certFile, keyFile] = ["CA", "CERT", "KEY"].map((one) => text(`KEYROLL_ETCD_${one}_FILE`));
  const hasFiles = [caFile, certFile, keyFile].some((file) => file !== null);
  if (endpoints.every((one) => one === "")) {
    if (hasFiles) mistakes.push("KEYROLL_ETCD_ENDPOINTS: give it too, such as https://10.0.0.4:2379");
    return null;
  }
  if (!endpoints.every((one) => URL.canParse(one) && /^https:\/\/[^/@?#]+\/?$/u.test(one)))
    mistakes.push("KEYROLL_ETCD_ENDPOINTS: https addresses with commas between, such as https://10.0.0.4:2379");
  if (typeof caFile !== "string" || typeof certFile !== "string" || typeof keyFile !== "string") {
    mistakes.push(
      "KEYROLL_ETCD_ENDPOINTS: needs KEYROLL_ETCD_CA_FILE, KEYROLL_ETCD_CERT_FILE and KEYROLL_ETCD_KEY_FILE",
    );
    return null;
  }
  return { endpoints, caFile, certFile, keyFile };
};

/**
 * Reads the configuration.
 * @throws {KeyrollError} `invalid` with one line per mistake, and never what was given: it may be a password.
 */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const mistakes: string[] = [];
  const text = (name: string): string | null => {
    const found = env[name]?.trim();
    return found === undefined || found === "" ? null : found;
  };
  for (const name of Object.keys(env)) {
    if (!name.startsWith("KEYROLL_") || known.includes(name) || others.test(name)) continue;
    const near = nearest(name, known);
    mistakes.push(`${name} is not a setting${near === null ? "" : `; did you mean ${near}?`}`);
  }
  const listen = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/u.exec(text("KEYROLL_LISTEN") ?? "127.0.0.1:7340");
  const port = Number(listen?.[2] ?? -1);
  if (listen === null || port > 65_535) mistakes.push("KEYROLL_LISTEN: address:port, such as 127.0.0.1:7340");
  const publicUrl = text("KEYROLL_PUBLIC_URL");
  if (publicUrl !== null && (!URL.canParse(publicUrl) || !/^https?:$/u.test(new URL(publicUrl).protocol))) {
    mistakes.push("KEYROLL_PUBLIC_URL: an http(s) address, such as https://keyroll.example.com");
  }
  const trustedProxies = (text("KEYROLL_TRUSTED_PROXIES") ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (!trustedProxies.every(isNetwork))
    mistakes.push("KEYROLL_TRUSTED_PROXIES: addresses and networks with commas between, such as 10.0.0.0/8");
  const databaseUrl = text("KEYROLL_DATABASE_URL");
  if (databaseUrl !== null && !(/^postgres(ql)?:\/\//u.test(databaseUrl) && URL.canParse(databaseUrl)))
    mistakes.push("KEYROLL_DATABASE_URL: postgres://… or empty");
  const masterKeyFile = text("KEYROLL_MASTER_KEY_FILE");
  const logLevel = text("KEYROLL_LOG_LEVEL") ?? "info";
  if (!["silent", "error", "warn", "info", "debug"].includes(logLevel)) {
    mistakes.push("KEYROLL_LOG_LEVEL: silent, error, warn, info or debug");
  }
  const bootstrapToken = text("KEYROLL_BOOTSTRAP_TOKEN");
  if (bootstrapToken !== null && !/^krl_[A-Za-z0-9_]{24,}$/u.test(bootstrapToken))
    mistakes.push("KEYROLL_BOOTSTRAP_TOKEN: `krl_` and at least 24 of [A-Za-z0-9_]");
  const egressAllow = text("KEYROLL_EGRESS_ALLOW") ?? "";
  if (!egressAllow.split(",").every((entry) => entry.trim() === "" || isEgressEntry(entry.trim())))
    mistakes.push("KEYROLL_EGRESS_ALLOW: hosts and networks with commas between, such as vault.example.com,10.0.0.0/8");
  for (const name of addresses) {
    const given = text(name);
    if (given !== null && (!URL.canParse(given) || !/^https?:$/u.test(new URL(given).protocol)))
      mistakes.push(`${name}: an http(s) address, or unset`);
  }
  const etcd = readEtcd(text, mistakes);
  if (mistakes.length > 0) {
    throw new KeyrollError("invalid", mistakes.join("\n"), {
      next: "Correct these environment variables and start again; nothing was changed.",
    });
  }
  const home = env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? "/", ".local", "share");
  const clusterHost = text("KUBERNETES_SERVICE_HOST");
  return {
    listen: { host: (listen?.[1] ?? "127.0.0.1").replaceAll(/[[\]]/gu, ""), port },
    publicUrl: publicUrl?.replace(/\/+$/u, "") ?? null,
    trustedProxies,
    dataDir: text("KEYROLL_DATA_DIR") ?? join(home, "keyroll"),
    databaseUrl,
    masterKeyFile,
    bootstrapToken,
    logLevel,
    helm: text("KEYROLL_HELM"),
    egressAllow,
    etcd,
    providerVariables: new Map(
      providerVariables.flatMap((name) => {
        const found = text(name);
        return found === null ? [] : [[name, found]];
      }),
    ),
    path: env["PATH"] ?? "",
    inCluster: clusterHost === null ? null : { host: clusterHost, port: text("KUBERNETES_SERVICE_PORT") ?? "443" },
  };
};
