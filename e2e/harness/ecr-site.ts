import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeAuthority } from "./certificates.ts";
import { ownKeys, startEcr } from "./ecr.ts";
import { startRegistry } from "./oci-registry.ts";
import { startParameterStore } from "./parameter-store.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "./server.ts";

const account = "210987654321";
const host = `${account}.dkr.ecr.eu-west-1.amazonaws.com`;

export const names = {
  account,
  host,
  /** The same registry by the name of another account's. */
  foreign: "310987654321.dkr.ecr.eu-west-1.amazonaws.com",
  /** The same registry by a name that is not of AWS. */
  plain: "registry.keyroll.test",
  repository: "charts/shop",
  role: `arn:aws:iam::${account}:role/deployer`,
  externalId: "shop-7341",
  /** User and password that the registry takes besides tokens. */
  reader: "reader:canary-password-of-the-registry",
} as const;

const { foreign, plain, repository, role, externalId, reader } = names;

/** Of this process alone, so that port 443 is free there. */
const address = `127.${(process.pid >> 16) & 255}.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`;

export interface EcrServer {
  readonly home: Home;
  readonly server: TestServer;
  stop(): Promise<void>;
}

const packages = (folder: string): Map<string, Uint8Array> =>
  new Map(
    ["1.2.0", "1.10.0", "2.0.0"].map((version) => {
      const archive = join(folder, `shop-${version}.tgz`);
      mkdirSync(join(folder, "shop"), { recursive: true });
      writeFileSync(join(folder, "shop/Chart.yaml"), `apiVersion: v2\nname: shop\nversion: ${version}\n`);
      execFileSync("tar", ["-czf", archive, "-C", folder, "shop"]);
      return [version, new Uint8Array(readFileSync(archive))];
    }),
  );

/** App `shop`; `ecr` has the role, `stranger` its wrong external ID, `china` another partition, `here` nothing of AWS. */
const furnish = async (server: TestServer): Promise<void> => {
  const settings = { region: "eu-west-1", roleArn: role, externalId };
  const stores = {
    ecr: { kind: "aws-ssm", settings },
    stranger: { kind: "aws-ssm", settings: { ...settings, externalId: "another" } },
    china: { kind: "aws-ssm", settings: { region: "cn-north-1" } },
    here: { kind: "local", settings: {} },
  };
  const made = [await ask(server, "POST /apps", { body: { name: "shop" } })];
  for (const [name, store] of Object.entries(stores))
    made.push(await ask(server, "POST /connections", { body: { name, cluster: { kind: "process" }, store } }));
  const refused = made.find(({ status }) => status !== 201);
  if (refused !== undefined) throw new Error(JSON.stringify(refused.body));
};

/**
 * STS, ECR, a registry and servers that pull from it. The servers' hosts file says that the registry is on loopback, and
 * their Helm trusts the test's authority: nothing else differs from what runs anywhere.
 */
export const makeEcrSite = async () => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-ecr-"));
  const hosts = join(folder, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost\n${address} ${host} ${foreign} ${plain}\n`);
  const authority = makeAuthority(`DNS:${host},DNS:${foreign},DNS:${plain}`);
  const sts = await startParameterStore();
  const service = await startEcr(account);
  const ended = new Set<string>();
  const knows = (as: string): boolean | null => {
    const token = as.startsWith("AWS:") ? as.slice(4) : "";
    if (ended.has(token)) return null;
    return as === reader || service.tokens.includes(token);
  };
  const certificate = authority.sign("registry");
  const registry = await startRegistry({ address, certificate, repository, charts: packages(folder), knows });
  return {
    sts,
    service,
    registry,
    /** Ends the newest token before its time. */
    endToken: (): void => void ended.add(service.tokens.at(-1) ?? ""),
    /** As after its start; what was kept in servers stays there. */
    reset: async (): Promise<void> => {
      await sts.config({ roles: { [role]: externalId } });
      service.gives();
      service.lasts(12 * 3600);
      service.asked.length = 0;
      registry.closes(false);
      registry.pulled.length = 0;
    },
    /** Only this server sees the hosts file: it has a mount namespace of its own. */
    start: async (helm: string, env: Readonly<Record<string, string>> = ownKeys): Promise<EcrServer> => {
      const trusting = join(folder, `trusting-${basename(helm)}`);
      const script = `#!/bin/sh\nexport SSL_CERT_FILE='${authority.caFile}'\nexec '${helm}' "$@"\n`;
      writeFileSync(trusting, script, { mode: 0o755 });
      const home = await makeHome();
      const server = await startServer({
        ...home,
        within: ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts],
        env: {
          KEYROLL_HELM: trusting,
          KEYROLL_LOG_LEVEL: "debug",
          AWS_ENDPOINT_URL_STS: sts.url,
          AWS_ENDPOINT_URL_ECR: service.url,
          AWS_EC2_METADATA_DISABLED: "true",
          ...env,
        },
      });
      await furnish(server);
      return {
        home,
        server,
        stop: async () => {
          await server.stop();
          await home.remove();
        },
      };
    },
    stop: (): void => {
      registry.stop();
      service.stop();
      sts.stop();
      authority.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export type EcrSite = Awaited<ReturnType<typeof makeEcrSite>>;
