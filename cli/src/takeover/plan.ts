import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, limits } from "@keyroll/pairs";
import type { Place } from "../context.ts";

export type Found = ReplyOf<Routes["connections.found"]>;

/** What somebody wants to take over. */
export interface Wanted {
  readonly connection: string;
  readonly namespace: string;
  readonly release?: string;
  readonly type?: "helm" | "restart";
  readonly secret?: string;
  /** A chart that is given, because Helm does not keep all of it. */
  readonly chart?: string;
}

/** What will be taken over: nothing of it is made yet. */
export interface Plan {
  readonly type: "helm" | "restart";
  readonly release: Found["release"];
  readonly secretName: string;
  readonly keys: readonly string[];
  /** `Deployment/api`: those that read the Secret. */
  readonly users: readonly string[];
  /** Those of them that the release does not hold. */
  readonly outside: readonly string[];
}

const refuse = (message: string, field: string, next: string): KeyrollError =>
  new KeyrollError("invalid", message, { field, next, changed: false });

const typeOf = (found: Found, { type, release, namespace }: Wanted): Plan["type"] => {
  const names = found.releases.map(({ name }) => name).join(", ");
  if (type === "restart") {
    if (release === undefined) return "restart";
    throw refuse("--release belongs to the type helm.", "release", "Leave it out, or take --type helm.");
  }
  const keepers = [...new Set(found.workloads.flatMap(({ keeper }) => keeper ?? []))];
  if (type === undefined && keepers.length > 0)
    throw refuse(
      `${keepers.join(" and ")} applies what runs in ${namespace}: a Keyroll that runs Helm would work against it.`,
      "type",
      "Take it over with --type restart; or, when nothing else applies it any more, with --type helm.",
    );
  if (release !== undefined) return "helm";
  if (found.type === "restart" && type === undefined) return "restart";
  throw refuse(
    "Which release?",
    "release",
    names === "" ? `Helm keeps none in ${namespace}: --type restart.` : `--release: ${names}.`,
  );
};

const secretOf = (found: Found, users: Found["workloads"], { secret, namespace }: Wanted): string => {
  const read = [...new Set(users.flatMap(({ secrets }) => secrets))].toSorted();
  const [only] = read;
  if (secret === undefined) {
    if (read.includes("app-secrets")) return "app-secrets";
    if (only !== undefined && read.length === 1) return only;
    throw refuse(
      read.length === 0 ? `No workload in ${namespace} reads a Secret.` : `Which Secret? ${read.join(", ")} are read.`,
      "secret",
      read.length === 0
        ? "Make an environment (`keyroll env create`), save keys, and refer to app-secrets in the chart."
        : "Name the one that holds the pairs: --secret NAME.",
    );
  }
  if (read.includes(secret)) return secret;
  throw refuse(
    `No workload that is taken over reads the Secret ${secret}.`,
    "secret",
    read.length === 0 ? "None is read." : `Read are: ${read.join(", ")}.`,
  );
};

/** @throws {KeyrollError} that names what stands in the way, and the way round it. Nothing was made. */
export const planOf = (found: Found, wanted: Wanted, place: Place): Plan => {
  const type = typeOf(found, wanted);
  const mine = found.workloads.filter(({ release }) => type === "restart" || release === wanted.release);
  const secretName = secretOf(found, mine, wanted);
  const secret = found.secrets.find(({ name }) => name === secretName);
  const where = `${wanted.namespace}/${secretName}`;
  if (secret?.keys === undefined || secret.keys === null)
    throw refuse(
      `The Secret ${where} cannot be taken over: ${secret?.problem ?? "it was not found"}.`,
      "secret",
      "Look at it: `keyroll connection check` says which rights are missing.",
    );
  // Its own: an earlier request came as far as that.
  if (secret.environment !== null && secret.environment !== `${place.app}/${place.env}`)
    throw new KeyrollError("already_exists", `The Secret ${where} belongs to ${secret.environment} already.`, {
      field: "secret",
      next: "Nothing is left to take over: `keyroll env ls` lists the environments of an app.",
      changed: false,
    });
  if (secret.keys.length > limits.pairs)
    throw new KeyrollError(
      "limit_exceeded",
      `The Secret ${where} has ${secret.keys.length} pairs; an environment has ${limits.pairs}.`,
      {
        field: "secret",
        limit: limits.pairs,
        actual: secret.keys.length,
        next: "Split it, or remove what nobody reads.",
        changed: false,
      },
    );
  if (secret.keeper !== null)
    throw new KeyrollError("foreign_secret", `The Secret ${where} belongs to ${secret.keeper.name}.`, {
      next: secret.keeper.steps,
      changed: false,
    });
  if (found.release !== null && found.release.dependencies.length > 0 && wanted.chart === undefined)
    throw refuse(
      `${found.release.chart} ${found.release.version} depends on other charts (${found.release.dependencies.join(", ")}), which Helm does not keep with a release.`,
      "chart",
      "Give the chart itself: --chart FOLDER, FILE.tgz or its address.",
    );
  const readers = found.workloads.filter(({ secrets }) => secrets.includes(secretName));
  return {
    type,
    release: found.release,
    secretName,
    keys: secret.keys,
    users: readers.map(({ kind, name }) => `${kind}/${name}`),
    outside: readers.filter((one) => !mine.includes(one)).map(({ kind, name }) => `${kind}/${name}`),
  };
};

/** The plan for people, one fact a line. */
export const planLines = (plan: Plan, wanted: Wanted, place: string): string[] => {
  const { release } = plan;
  const lines = release === null ? 0 : release.values.split("\n").length - 1;
  return [
    `Takes over what runs in ${wanted.namespace} as ${place}, type ${plan.type}:`,
    ...(release === null
      ? []
      : [
          `  release  ${release.name}, revision ${release.revision} (${release.status})`,
          `  chart    ${release.chart} ${release.version}, ${wanted.chart === undefined ? "as Helm keeps it" : `from ${wanted.chart}`}`,
          `  values   ${lines === 0 ? "the chart's own" : count(lines, "line")}`,
        ]),
    `  Secret   ${plan.secretName}: ${count(plan.keys.length, "key")}, read by ${plan.users.join(", ")}`,
    `  saved    as revision 1 in the store of ${wanted.connection}`,
    `  cluster  ${plan.secretName} gets Keyroll's marks and keeps its values; Helm is not run`,
    ...(plan.outside.length === 0 || plan.type === "restart"
      ? []
      : [`  note     ${plan.outside.join(", ")} read it too and are not part of the release`]),
    "  later    the first deployment restarts, once, what reads it: proof begins there",
    "0 keys differ, 0 restarts.",
  ];
};
