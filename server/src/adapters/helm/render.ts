import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parseManifests } from "@keyroll/preflight";
import type { Rendered } from "../../ports/rendered.ts";
import { isJson, list, number, text } from "../kubernetes/json.ts";
import { noNamespace } from "../kubernetes/no-namespace.ts";
import { helmError } from "./helm-error.ts";
import type { Helm, HelmChart, HelmRelease } from "./helm.ts";
import { newestRecord } from "./release-record.ts";
import type { HelmCall } from "./run-helm.ts";

interface Parts {
  readonly major: Helm["major"];
  readonly call: (release: HelmRelease, rest: HelmCall) => Promise<{ code: number; stdout: string; stderr: string }>;
  readonly upgradeArgs: (release: HelmRelease, folder: string) => readonly string[];
  readonly chartFiles: (chart: HelmChart) => Record<string, string | Uint8Array>;
}

/** What Helm would apply, by a server-side dry run; of a locked release, which Helm refuses that, by its template. */
export const createRender = ({ major, call, upgradeArgs, chartFiles }: Parts): Helm["render"] => {
  const renderLocked = async (release: HelmRelease, chart: HelmChart, signal: AbortSignal): Promise<Rendered> => {
    const { code, stdout, stderr } = await call(release, {
      args: (folder) => [
        "template",
        release.name,
        `${folder}/chart.tgz`,
        `--namespace=${release.namespace}`,
        `--values=${folder}/values.yaml`,
        "--is-upgrade",
        "--dry-run=server",
      ],
      files: chartFiles(chart),
      signal,
      timeoutSeconds: 120,
    });
    if (code !== 0) throw helmError(stderr, "render the chart");
    const documents = stdout.split(/^---$/mu);
    const record = await newestRecord(release);
    return {
      manifest: documents.filter((document) => !isHook(document)).join("---"),
      hooks: documents.filter(isHook),
      revision: record === null ? null : record.revision + 1,
      releaseBytes: null,
      helmMajor: await major(),
      locked: record?.status ?? "locked",
    };
  };
  return async (release, chart, { signal, evenLocked }) => {
    const helmMajor = await major();
    const { code, stdout, stderr } = await call(release, {
      args: (folder) => [...upgradeArgs(release, folder), "--dry-run=server", "--hide-secret"],
      files: chartFiles(chart),
      signal,
      timeoutSeconds: 120,
    });
    if (code !== 0) {
      if (!release.createNamespace && /namespaces? "?[^"]*"? not found/u.test(stderr))
        throw noNamespace(release.namespace);
      const error = helmError(stderr, "render the chart");
      if (evenLocked && error.code === "in_use") return await renderLocked(release, chart, signal);
      throw error;
    }
    const answer: unknown = JSON.parse(stdout);
    return {
      manifest: text(answer, "manifest") ?? "",
      hooks: list(answer, "hooks").flatMap((hook) => text(hook, "manifest") ?? []),
      revision: isJson(answer) ? number(answer, "version") : null,
      releaseBytes: await releaseBytes(stdout),
      helmMajor,
      locked: null,
    };
  };
};

const isHook = (document: string): boolean =>
  parseManifests(document, "hook").some(({ body }) => text(body, "metadata", "annotations", "helm.sh/hook") !== null);

const compress = promisify(gzip);
/** Below this nothing is so large that it does not fit. */
const small = 700 * 1024;

/** Helm keeps what the dry run prints, as base64 of its gzip, in a Secret. */
const releaseBytes = async (release: string): Promise<number | null> =>
  release.length < small ? null : Math.ceil((await compress(release, { level: 9 })).length / 3) * 4;
