import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../../ports/clock.ts";
import type { Random } from "../../../ports/random.ts";
import type { KubeClient } from "../client.ts";
import { at, text } from "../json.ts";

export interface CanaryHost {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** A Secret of random bytes that lives for one look at how it is kept. */
export interface Canary {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The identity may not make Secrets there, or there is no such namespace: nothing was written. */
export class CanaryRefused extends KeyrollError {}

const label = "keyroll.dev/canary";
/** A check ends within a minute; what is older was left behind by one that died. Milliseconds. */
const leftAfter = 300_000;
const removals = 3;

const folder = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;

const isDenied = (error: unknown): boolean => error instanceof KeyrollError && error.code === "provider_denied";

/** Repeated: a Secret that is gone already is gone. */
const remove = async ({ client, clock }: CanaryHost, namespace: string, name: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.remove(`${folder(namespace)}/${name}`);
      return;
    } catch (error) {
      if (attempt < removals && !isDenied(error)) {
        await clock.sleep(200 * attempt);
        continue;
      }
      throw new KeyrollError(
        error instanceof KeyrollError ? error.code : "provider_unreachable",
        `The canary Secret ${namespace}/${name} could not be removed; it holds random bytes only.`,
        { next: `kubectl delete secret ${name} -n ${namespace}`, changed: true },
        { cause: error },
      );
    }
  }
};

/** What a check left behind that died. Names and labels are asked for, never content; without the right to list, nothing. */
const removeLeft = async (host: CanaryHost, namespace: string): Promise<void> => {
  const { client, clock } = host;
  let found: Awaited<ReturnType<KubeClient["list"]>>;
  try {
    found = await client.list(folder(namespace), { query: { labelSelector: `${label}=true` }, metadataOnly: true });
  } catch (error) {
    if (isDenied(error)) return;
    throw error;
  }
  for (const one of found) {
    const name = text(one, "metadata", "name");
    const made = Date.parse(text(one, "metadata", "creationTimestamp") ?? "");
    const isOurs = at(one, "metadata", "labels", "app.kubernetes.io/managed-by") === "keyroll";
    if (name !== null && isOurs && clock.now() - made > leftAfter) await remove(host, namespace, name);
  }
};

/**
 * Makes a canary, does the work, and removes it, whatever happened.
 * @throws {CanaryRefused}; {KeyrollError} the client's own.
 */
export const withCanary = async <T>(
  host: CanaryHost,
  namespace: string,
  work: (canary: Canary) => Promise<T>,
): Promise<T> => {
  const name = `keyroll-canary-${Buffer.from(host.random.bytes(8)).toString("hex")}`;
  const content = host.random.bytes(64);
  await removeLeft(host, namespace);
  try {
    await host.client.create(folder(namespace), {
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: { name, namespace, labels: { "app.kubernetes.io/managed-by": "keyroll", [label]: "true" } },
      data: { canary: Buffer.from(content).toString("base64") },
    });
  } catch (error) {
    if (error instanceof KeyrollError && ["provider_denied", "not_found"].includes(error.code))
      throw new CanaryRefused("provider_denied", error.message, { changed: false }, { cause: error });
    // It may have arrived all the same. When the cluster is away, the next check removes it.
    await remove(host, namespace, name).catch(() => undefined);
    throw error;
  }
  try {
    return await work({ name, content });
  } finally {
    await remove(host, namespace, name);
  }
};
