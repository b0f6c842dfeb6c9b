import { Buffer } from "node:buffer";
import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import type { Reference } from "../../ports/charts.ts";
import type { CloudIdentity } from "../../ports/cloud-identity.ts";
import type { Egress } from "../../ports/egress.ts";
import { ecrRegistryOf, type EcrRegistry } from "../cloud/aws/ecr-host.ts";
import { whoIs, type Ecr, type EcrSignIn } from "../cloud/aws/ecr.ts";
import { partitionOf } from "../cloud/aws/partition.ts";
import type { Role } from "../cloud/aws/settings.ts";
import { checkHost } from "../egress/connect.ts";
import { helmError } from "./helm-error.ts";
import type { Helm } from "./helm.ts";

export interface RegistryHost {
  readonly helm: Helm;
  readonly egress: Egress;
  readonly ecr: Ecr;
}

export const isOci = (url: string): boolean => /^oci:\/\/[^\s@]+$/u.test(url) && URL.canParse(url);

/** An identity of AWS is for registries of AWS. @throws {KeyrollError} `invalid`. */
export const refuseIdentity = ({ url, username, identity }: Reference): void => {
  if ((identity ?? null) === null || username !== undefined) return;
  throw new KeyrollError(
    "invalid",
    `A connection signs in to ECR, and ${URL.canParse(url) ? `\`${new URL(url).host}\`` : "the reference"} is no registry of it.`,
    {
      field: "reference.connection",
      next: "Leave the connection out; give a user name and password where they are asked for.",
      changed: false,
    },
  );
};

/**
 * Has Helm put the package of an `oci://` reference into the folder `out`. ECR is signed in to by itself, unless a user
 * name is given.
 * @throws {KeyrollError} as `Charts.pull` does.
 */
export const pullFromRegistry = async (reference: Reference, out: string, host: RegistryHost): Promise<void> => {
  const { url, version, username, password, identity } = reference;
  const { host: name } = new URL(url);
  const registry = username === undefined ? ecrRegistryOf(name) : null;
  if (registry === null) refuseIdentity(reference);
  const role = registry === null ? null : roleIn(registry, identity ?? null);
  await checkHost(new URL(url.replace(/^oci:/u, "https:")), host.egress);
  const pull = async (auth: string | null): Promise<Pulled> => {
    const { code, stderr } = await host.helm.run({
      args: () => ["pull", url, ...(version === undefined ? [] : ["--version", version]), "--destination", out],
      files: { "registry.json": JSON.stringify({ auths: auth === null ? {} : { [name]: { auth } } }) },
      timeoutSeconds: 120,
    });
    return { stderr, status: code === 0 ? null : statusIn(stderr) };
  };
  if (registry !== null) {
    await pullFromEcr(registry, role, url, pull, host.ecr);
    return;
  }
  const auth = username === undefined ? null : Buffer.from(`${username}:${password ?? ""}`).toString("base64");
  const { status, stderr } = await pull(auth);
  if (status !== null) throw errorOf(status, stderr);
};

interface Pulled {
  /** What the registry answered; 0: it is not said; null: the package is there. */
  readonly status: number | null;
  readonly stderr: string;
}

const pullFromEcr = async (
  registry: EcrRegistry,
  role: Role | null,
  url: string,
  pull: (auth: string) => Promise<Pulled>,
  ecr: Ecr,
): Promise<void> => {
  let signIn = await ecr(registry, role);
  let pulled = await pull(signIn.auth);
  // Rights may have changed, or tokens been ended, since a kept one was given.
  if (signIn.isKept && isRefusal(pulled)) {
    signIn = await ecr(registry, role, signIn.auth);
    pulled = await pull(signIn.auth);
  }
  if (isRefusal(pulled)) throw refusedBy(registry, url, role, signIn);
  if (pulled.status !== null) throw errorOf(pulled.status, pulled.stderr);
};

const isRefusal = ({ status }: Pulled): boolean => status === 401 || status === 403;

/** @throws {KeyrollError} `invalid`: the role's rights end where its partition does. */
const roleIn = ({ region }: EcrRegistry, identity: CloudIdentity | null): Role | null => {
  if (identity === null) return null;
  const [own, its] = [partitionOf(identity.region), partitionOf(region)];
  if (own !== its)
    throw new KeyrollError("invalid", `The connection is in the partition ${own} of AWS, the registry in ${its}.`, {
      field: "reference.connection",
      next: "Name a connection into the registry's partition.",
      changed: false,
    });
  return identity.roleArn === null ? null : { arn: identity.roleArn, externalId: identity.externalId };
};

/** AWS signed in and the registry refuses all the same. Its words name who asked, and are left out for that. */
const refusedBy = (
  { account, region }: EcrRegistry,
  url: string,
  role: Role | null,
  { account: own }: EcrSignIn,
): KeyrollError => {
  const repository = new URL(url).pathname.slice(1).split(":")[0] ?? "";
  const arn = `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${repository}`;
  const isForeign = own !== null && own !== account;
  return new KeyrollError(
    "provider_denied",
    `ECR refuses to let ${whoIs(role)} pull from ${arn}.${isForeign ? ` The registry belongs to another account than ${own}.` : ""}`,
    {
      field: "reference.url",
      next: `Give ${whoIs(role)} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer (without an exact version also ecr:ListImages) on ${arn}${
        isForeign ? `, and let the repository's own policy name the account ${own}` : ""
      }.`,
      changed: false,
    },
  );
};

const statusIn = (stderr: string): number =>
  /basic credential not found/u.test(stderr) ? 401 : Number(/status code (\d{3})/u.exec(stderr)?.[1] ?? 0);

const answers: ReadonlyMap<number, readonly [code: ErrorCode, next: string]> = new Map([
  [401, ["provider_denied", "Give a user name and password that it takes."]],
  [403, ["provider_denied", "Give a user name and password that may read this."]],
  [404, ["not_found", "Check the address and the version."]],
  [429, ["provider_throttled", "Try again later; it is safe."]],
]);

const errorOf = (status: number, stderr: string): KeyrollError => {
  const said = helmError(stderr, "pull the chart");
  const [code, next] = answers.get(status) ?? [said.code, said.next];
  return new KeyrollError(code, said.message, { field: "reference.url", next, changed: false });
};
