import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { KeyrollError } from "@keyroll/contract/errors";
import { stringify } from "yaml";
import type { Clock } from "../../ports/clock.ts";
import type { Rendered, RenderOptions } from "../../ports/rendered.ts";
import type { CutOff } from "../../ports/target.ts";
import type { ClusterAccess, KubeClient } from "../kubernetes/client.ts";
import { isJson, number, text } from "../kubernetes/json.ts";
import { helmError } from "./helm-error.ts";
import { newestRecord } from "./release-record.ts";
import { createRender } from "./render.ts";
import { runHelm, type HelmCall, type HelmOptions } from "./run-helm.ts";
import { endOrphans } from "./runs.ts";

/** One release in one namespace of one cluster. */
export interface HelmRelease {
  readonly access: ClusterAccess;
  /** With the same identity as `access`. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly createNamespace: boolean;
}

export interface HelmChart {
  readonly bytes: Uint8Array;
  readonly values: string;
}

export interface HelmRun {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  readonly forceConflicts: boolean;
  readonly guard: () => Promise<void>;
}

export interface ReleaseState {
  readonly revision: number;
  readonly status: string;
  readonly description: string;
  /** `name-version`. */
  readonly chart: string;
}

export type InjectedMark = { readonly kind: string; readonly name: string; readonly mark: string };

export interface Helm {
  major(): Promise<3 | 4>;
  /** Server-side dry run; kept in memory only. @throws {KeyrollError} `in_use` when the release is locked. */
  render(release: HelmRelease, chart: HelmChart, options: RenderOptions): Promise<Rendered>;
  /** Install or upgrade without waiting. `inject` adds our annotation to these templates. */
  upgrade(release: HelmRelease, chart: HelmChart, inject: readonly InjectedMark[], run: HelmRun): Promise<number>;
  /**
   * Ends what a dead server left running for this release, then unlocks it if that, or the Helm that was cut off, locked it.
   * Answers what was done. @throws {KeyrollError} `in_use` when it is locked by somebody else's.
   */
  recover(release: HelmRelease, cutOff: CutOff | null): Promise<readonly string[]>;
  /** Its newest revision; null: it is not installed. */
  newest(release: HelmRelease): Promise<ReleaseState | null>;
  uninstall(release: HelmRelease, signal: AbortSignal): Promise<void>;
  /** Any other call, without a cluster (package, pull). */
  run(call: HelmCall): Promise<{ code: number; stdout: string; stderr: string }>;
}

const postRender =
  [new URL("./post-render.mjs", import.meta.url), new URL("./post-render.ts", import.meta.url)]
    .map((url) => fileURLToPath(url))
    .find(existsSync) ?? "";

const kubeconfig = async (access: ClusterAccess): Promise<string> => {
  const { identity } = access;
  const base64 = (value: string): string => Buffer.from(value).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "keyroll",
    contexts: [{ name: "keyroll", context: { cluster: "keyroll", user: "keyroll" } }],
    clusters: [
      {
        name: "keyroll",
        cluster: {
          server: access.server,
          ...(access.ca === null ? {} : { "certificate-authority-data": base64(access.ca) }),
          ...(access.tlsServerName === null ? {} : { "tls-server-name": access.tlsServerName }),
        },
      },
    ],
    users: [
      {
        name: "keyroll",
        user:
          identity.kind === "token"
            ? { token: await identity.token() }
            : { "client-certificate-data": base64(identity.cert), "client-key-data": base64(identity.key) },
      },
    ],
  });
};

/** Helm 4 takes post-renderers as plugins only (postrenderer/v1); Helm 3 takes a command. */
const plugin = stringify({
  apiVersion: "v1",
  type: "postrenderer/v1",
  name: "keyroll",
  version: "0.1.0",
  runtime: "subprocess",
  runtimeConfig: { platformCommand: [{ command: process.execPath, args: [postRender] }] },
});

/** Milliseconds by which the clocks of the API server and of this one may differ. */
const skew = 60_000;

const runPrefix = (release: HelmRelease): string => `${release.namespace}.${release.name}.`;

/** The `helm` binary, 4.2 or 3.21 and later. */
export const createHelm = (options: HelmOptions & { readonly clock: Clock }): Helm => {
  let known: Promise<3 | 4> | null = null;
  const findMajor = async (): Promise<3 | 4> => {
    const { code, stdout, stderr } = await runHelm(options, {
      args: () => ["version", "--template", "{{.Version}}"],
      timeoutSeconds: 20,
    });
    if (code !== 0) throw helmError(stderr, "say its version");
    const [, major = "", minor = ""] = /v(\d+)\.(\d+)/u.exec(stdout) ?? [];
    if (major === "4" && Number(minor) >= 2) return 4;
    if (major === "3" && Number(minor) >= 21) return 3;
    throw new KeyrollError(
      "unavailable",
      `This Helm is ${stdout.trim()}; Keyroll works with 4.2 and later, and 3.21.`,
      { limit: "4.2", actual: stdout.trim(), next: "Install one of them, or set KEYROLL_HELM." },
    );
  };
  const major = async (): Promise<3 | 4> => {
    known ??= findMajor().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return await known;
  };
  const call = async (release: HelmRelease, rest: Omit<HelmCall, "files"> & { readonly files?: HelmCall["files"] }) =>
    await runHelm(options, { ...rest, files: { ...rest.files, kubeconfig: await kubeconfig(release.access) } });
  const upgradeArgs = (release: HelmRelease, folder: string): string[] => [
    "upgrade",
    "--install",
    release.name,
    `${folder}/chart.tgz`,
    `--namespace=${release.namespace}`,
    `--values=${folder}/values.yaml`,
    "--output=json",
    "--history-max=10",
    ...(release.createNamespace ? ["--create-namespace"] : []),
  ];
  const chartFiles = (chart: HelmChart) => ({ "chart.tgz": chart.bytes, "values.yaml": chart.values });

  const newest = async (release: HelmRelease): Promise<ReleaseState | null> => {
    const { code, stdout, stderr } = await call(release, {
      args: () => ["history", release.name, "--namespace", release.namespace, "--max", "1", "--output", "json"],
      timeoutSeconds: 60,
    });
    if (code !== 0) {
      if (/release: not found/u.test(stderr)) return null;
      throw helmError(stderr, "read the release");
    }
    const rows: unknown = JSON.parse(stdout);
    const row: unknown = Array.isArray(rows) ? rows.at(-1) : null;
    return row === null || row === undefined
      ? null
      : {
          revision: number(row, "revision") ?? 0,
          status: text(row, "status") ?? "",
          description: text(row, "description") ?? "",
          chart: text(row, "chart") ?? "",
        };
  };

  const render = createRender({ call, major, upgradeArgs, chartFiles });

  return {
    major,
    run: async (rest) => await runHelm(options, rest),
    render,
    upgrade: async (release, chart, inject, run) => {
      const helm = await major();
      const injecting = inject.length > 0;
      const post =
        helm === 4
          ? ["--post-renderer", "keyroll"]
          : ["--post-renderer", process.execPath, "--post-renderer-args", postRender];
      const { code, stdout, stderr } = await call(release, {
        args: (folder) => [
          ...upgradeArgs(release, folder),
          `--description=keyroll ${run.id}`,
          `--timeout=${run.timeoutSeconds}s`,
          ...(helm === 4 && run.forceConflicts ? ["--force-conflicts"] : []),
          ...(injecting ? post : []),
        ],
        files: { ...chartFiles(chart), ...(injecting && helm === 4 ? { "plugins/keyroll/plugin.yaml": plugin } : {}) },
        env: injecting ? { KEYROLL_MARKS: JSON.stringify(inject) } : {},
        signal: run.signal,
        timeoutSeconds: run.timeoutSeconds + 30,
        run: `${runPrefix(release)}${run.id}`,
        guard: run.guard,
      });
      run.signal.throwIfAborted();
      if (code !== 0) throw helmError(stderr, "upgrade the release");
      const answer: unknown = JSON.parse(stdout);
      return isJson(answer) ? (number(answer, "version") ?? 0) : 0;
    },
    recover: async (release, cutOff) => {
      const done: string[] = [];
      const ended = await endOrphans(options.workDir, runPrefix(release), options.clock);
      if (ended > 0) done.push(`Ended ${ended} Helm process that a stopped server had left running.`);
      // One request instead of a start of Helm.
      const record = await newestRecord(release);
      if (record === null || !record.status.startsWith("pending-")) return done;
      // Helm says the same of every run that is under way: only what is known of ours tells whose it is.
      const isOurs = cutOff !== null && (cutOff.until === null || (record.at ?? 0) <= cutOff.until + skew);
      const first = record.revision === 1;
      if (ended === 0 && !isOurs) {
        throw new KeyrollError(
          "in_use",
          `Release ${release.name} is ${record.status}: a Helm that is not Keyroll's is at work on it, or died in it.`,
          {
            next: `Wait for it. If it died, unlock the release: helm ${first ? "uninstall" : "rollback"} ${release.name} -n ${release.namespace}.`,
            changed: false,
          },
        );
      }
      const args = first
        ? ["uninstall", release.name, "--namespace", release.namespace]
        : ["rollback", release.name, "--namespace", release.namespace];
      const { code, stderr } = await call(release, {
        args: () => args,
        timeoutSeconds: 300,
        run: `${runPrefix(release)}repair`,
      });
      if (code !== 0) throw helmError(stderr, "unlock the release");
      done.push(
        first
          ? `Took back the first install of ${release.name}, which was cut off.`
          : `Unlocked release ${release.name} (it was ${record.status}) by going back to its last revision.`,
      );
      return done;
    },
    newest,
    uninstall: async (release, signal) => {
      const { code, stderr } = await call(release, {
        args: () => ["uninstall", release.name, "--namespace", release.namespace, "--ignore-not-found"],
        timeoutSeconds: 600,
        signal,
      });
      if (code !== 0) throw helmError(stderr, "uninstall the release");
    },
  };
};
