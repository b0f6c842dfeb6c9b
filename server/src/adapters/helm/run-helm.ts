import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KeyrollError } from "@keyroll/contract/errors";

/** What one call of Helm gets. */
export interface HelmCall {
  readonly args: (folder: string) => readonly string[];
  /** Files of the call's private folder: name -> content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Name of the run file, when Helm changes something: another server can find and end the process by it. */
  readonly run?: string;
  readonly timeoutSeconds: number;
  /** Called right before the process starts. */
  readonly guard?: (() => Promise<void>) | undefined;
}

export interface HelmOptions {
  readonly binary: string;
  readonly workDir: string;
  readonly path: string;
  readonly now: () => number;
}

const most = 32 * 1024 * 1024;
const memory = "1GiB";

const supervisor = fileURLToPath(new URL("./supervisor.mjs", import.meta.url));

const collect = (stream: NodeJS.ReadableStream, stop: () => void): { text(): string; isCut(): boolean } => {
  const parts: Buffer[] = [];
  let size = 0;
  stream.on("data", (part: Buffer) => {
    size += part.byteLength;
    if (size > most) stop();
    else parts.push(part);
  });
  return { text: () => Buffer.concat(parts).toString("utf8"), isCut: () => size > most };
};

/**
 * Runs Helm under its supervisor, in a private folder that is removed afterwards, with an environment of allowed
 * names only: no cloud credentials, no database address, nothing of Keyroll's own.
 * @throws {KeyrollError} `unavailable` when the binary is missing, `provider_unreachable` when it had not ended in its time,
 * `limit_exceeded` when it printed too much; Helm's own failure is the answer's `code`.
 */
export const runHelm = async (
  options: HelmOptions,
  call: HelmCall,
): Promise<{ code: number; stdout: string; stderr: string }> => {
  await mkdir(options.workDir, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(options.workDir, "helm-"));
  try {
    for (const [name, content] of Object.entries(call.files ?? {})) {
      const path = join(folder, name);
      await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
      await writeFile(path, content, { mode: 0o600 });
    }
    const env = {
      PATH: options.path,
      HOME: folder,
      HELM_CACHE_HOME: join(folder, "cache"),
      HELM_CONFIG_HOME: join(folder, "config"),
      HELM_DATA_HOME: join(folder, "data"),
      HELM_PLUGINS: join(folder, "plugins"),
      HELM_REGISTRY_CONFIG: join(folder, "registry.json"),
      KUBECONFIG: join(folder, "kubeconfig"),
      KUBECACHEDIR: join(folder, "kube-cache"),
      GOMEMLIMIT: memory,
      ...call.env,
    };
    await call.guard?.();
    const runFile = join(options.workDir, `${call.run ?? folder.slice(folder.lastIndexOf("/") + 1)}.run`);
    const deadline = options.now() + call.timeoutSeconds * 1000;
    return await new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [supervisor, runFile, String(deadline), options.binary, ...call.args(folder)],
        {
          stdio: ["pipe", "pipe", "pipe"],
          cwd: folder,
          env,
        },
      );
      // Closing the pipe is what ends Helm; the supervisor does the rest.
      const stop = (): void => {
        child.stdin.end();
      };
      const stdout = collect(child.stdout, stop);
      const stderr = collect(child.stderr, stop);
      child.stdin.on("error", () => undefined);
      call.signal?.addEventListener("abort", stop, { once: true });
      if (call.signal?.aborted === true) stop();
      child.on("error", reject);
      child.on("close", (code) => {
        call.signal?.removeEventListener("abort", stop);
        if (code === 127) reject(missing(options.binary));
        else if (stdout.isCut() || stderr.isCut()) reject(tooMuch(call.args(folder)));
        else if (code === 124) reject(late(call.args(folder), call.timeoutSeconds));
        else resolve({ code: code ?? 1, stdout: stdout.text(), stderr: stderr.text() });
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const missing = (binary: string): KeyrollError =>
  new KeyrollError("unavailable", `Helm was not found (${binary === "helm" ? "`helm` on PATH" : "KEYROLL_HELM"}).`, {
    next: "Install Helm 4 or 3.21 (https://helm.sh/docs/intro/install), or set KEYROLL_HELM to its path.",
  });

/** What was asked for, without what may be anybody's: `helm upgrade --dry-run=server`. */
const commandOf = (args: readonly string[]): string =>
  ["helm", ...args.slice(0, 1), ...args.filter((arg) => arg.startsWith("--dry-run"))].join(" ");

const late = (args: readonly string[], seconds: number): KeyrollError =>
  new KeyrollError(
    "provider_unreachable",
    `Helm had not ended after ${seconds} s and was stopped (${commandOf(args)}).`,
    {
      limit: `${seconds} s`,
      next: "See whether the cluster, its webhooks and the registry answer; the same command by hand shows what it waits for.",
    },
  );

const tooMuch = (args: readonly string[]): KeyrollError =>
  new KeyrollError("limit_exceeded", `Helm printed more than 32 MiB and was stopped (${commandOf(args)}).`, {
    limit: "32 MiB",
    next: "Take large files out of the chart.",
  });
