import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, limits } from "@keyroll/pairs";
import type { PathDifference } from "./path.ts";

export type Found = ReplyOf<Routes["connections.found"]>;

/** The environment that it becomes. */
export interface Place {
  readonly app: string;
  readonly env: string;
}

/** What somebody wants to take over. */
export interface Wanted {
  readonly connection: string;
  readonly namespace: string;
  readonly release?: string;
  readonly type?: "helm" | "restart";
  readonly secret?: string;
  /** Where a chart comes from that is given, because Helm does not keep all of it. */
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
  /** Those who apply what runs beside Helm by hand, such as Argo CD. */
  readonly keepers: readonly string[];
  /** The Secret has this environment's marks: an earlier request came as far as that. */
  readonly isOurs: boolean;
}

const refuse = (message: string, field: string, next: string): KeyrollError =>
  new KeyrollError("invalid", message, { field, next, changed: false });

const keepersOf = (found: Found): string[] => [...new Set(found.workloads.flatMap(({ keeper }) => keeper ?? []))];

const typeOf = (found: Found, { type, release, namespace }: Wanted): Plan["type"] => {
  const names = found.releases.map(({ name }) => name).join(", ");
  if (type === "restart") {
    if (release === undefined) return "restart";
    throw refuse("A release belongs to the type helm.", "release", "Leave it out, or take the type helm.");
  }
  const keepers = keepersOf(found);
  if (type === undefined && keepers.length > 0)
    throw refuse(
      `${keepers.join(" and ")} applies what runs in ${namespace}: a Keyroll that runs Helm would work against it.`,
      "type",
      "Take it over with the type restart; or, when nothing else applies it any more, with the type helm.",
    );
  if (release !== undefined) return "helm";
  if (found.type === "restart" && type === undefined) return "restart";
  throw refuse(
    "Which release?",
    "release",
    names === "" ? `Helm keeps none in ${namespace}: take the type restart.` : `Name it: ${names}.`,
  );
};

const secretOf = (found: Found, users: Found["workloads"], { secret, namespace }: Wanted): string => {
  const read = [...new Set(users.flatMap(({ secrets }) => secrets))].toSorted();
  const [only] = read;
  if (secret === undefined) {
    if (read.includes("app-secrets")) return "app-secrets";
    if (only !== undefined && read.length === 1) return only;
    if (read.length > 0)
      throw refuse(`Which Secret? ${read.join(", ")} are read.`, "secret", "Name the one that holds the pairs.");
    throw refuse(
      `No workload in ${namespace} reads a Secret.`,
      "namespace",
      "Is it the right namespace? Else make a new environment, save keys, and refer to app-secrets in the chart.",
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
      "namespace",
      "Check the connection for this namespace: it says which rights are missing.",
    );
  // Its own: an earlier request came as far as that.
  if (secret.environment !== null && secret.environment !== `${place.app}/${place.env}`)
    throw new KeyrollError("already_exists", `The Secret ${where} belongs to ${secret.environment} already.`, {
      field: "secret",
      next: "Nothing is left to take over: it is an environment of Keyroll.",
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
      "Give the chart itself.",
    );
  const readers = found.workloads.filter(({ secrets }) => secrets.includes(secretName));
  return {
    type,
    release: found.release,
    secretName,
    keys: secret.keys,
    users: readers.map(({ kind, name }) => `${kind}/${name}`),
    outside: readers.filter((one) => !mine.includes(one)).map(({ kind, name }) => `${kind}/${name}`),
    keepers: keepersOf(found),
    isOurs: secret.environment !== null,
  };
};

const pathFacts = (
  { path, keys, differing, lacking, notices }: PathDifference,
  isOurs: boolean,
): (readonly [string, string])[] => {
  const words = { different: "another value", "only-path": "only there" } as const;
  const [it, they] = isOurs ? ["it is saved", "they are saved"] : ["it runs", "they run"];
  const same = keys - differing.length;
  return [
    ["path", `${path}: ${same} of ${count(keys, "key")} as ${same === 1 ? it : they}`],
    ...(differing.length === 0
      ? []
      : ([
          ["differs", differing.map(({ key, status }) => `${key} (${words[status]})`).join(", ")],
          ["then", "what differs is saved as the next revision, not deployed"],
        ] as const)),
    ...(lacking.length === 0
      ? []
      : ([
          ["lacks", `${lacking.join(", ")}: ${lacking.length === 1 ? `stays as ${it}` : `stay as ${they}`}`],
        ] as const)),
    ...notices.map((message) => ["note", message] as const),
  ];
};

/** The plan for people: what each fact is about, and the fact. */
export const planFacts = (
  plan: Plan,
  wanted: Wanted,
  path: PathDifference | null,
): (readonly [about: string, fact: string])[] => {
  const { release, type, secretName, keepers, outside, isOurs } = plan;
  const lines = release === null ? 0 : release.values.split("\n").length - 1;
  return [
    ...(release === null
      ? []
      : ([
          ["release", `${release.name}, revision ${release.revision} (${release.status})`],
          [
            "chart",
            `${release.chart} ${release.version}, ${wanted.chart === undefined ? "as Helm keeps it" : `from ${wanted.chart}`}`,
          ],
          ["values", lines === 0 ? "the chart's own" : count(lines, "line")],
        ] as const)),
    ["Secret", `${secretName}: ${count(plan.keys.length, "key")}, read by ${plan.users.join(", ")}`],
    ...(isOurs
      ? ([
          ["saved", `in the store of ${wanted.connection} already`],
          ["cluster", `${secretName} has Keyroll's marks already; Helm is not run`],
        ] as const)
      : ([
          ["saved", `as revision 1 in the store of ${wanted.connection}`],
          ["cluster", `${secretName} gets Keyroll's marks and keeps its values; Helm is not run`],
        ] as const)),
    ...(outside.length === 0 || type === "restart"
      ? []
      : ([["note", `${outside.join(", ")} read it too and are not part of the release`]] as const)),
    ...(keepers.length === 0 || type === "restart"
      ? []
      : ([["note", `${keepers.join(" and ")} must not apply it any more: it would work against Helm`]] as const)),
    ["later", "the first deployment restarts, once, what reads it: proof begins there"],
    ...(path === null ? [] : pathFacts(path, isOurs)),
  ];
};

/** What the plan comes to, in one line. */
export const planSum = (path: PathDifference | null): string => {
  const differing = path?.differing.length ?? 0;
  return `${count(differing, "key")} ${differing === 1 ? "differs" : "differ"}, 0 restarts.`;
};
