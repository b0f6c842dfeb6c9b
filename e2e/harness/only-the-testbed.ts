import { readFile } from "node:fs/promises";

/**
 * Stops the run unless every cluster of `KUBECONFIG` is on this machine's loopback address: these tests delete
 * namespaces and stop API servers, and a developer's KUBECONFIG may name a cluster that people use.
 *
 * @throws with the foreign address and the way to a test cluster
 */
export async function setup(): Promise<void> {
  const text = await readFile(process.env["KUBECONFIG"] ?? "", "utf8");
  const servers = [...text.matchAll(/\bserver"?:\s*"?([^\s",]+)/g)].map((match) => match[1] ?? "");
  const foreign = servers.filter((server) => new URL(server).hostname !== "127.0.0.1");
  if (servers.length > 0 && foreign.length === 0) return;
  throw new Error(
    `KUBECONFIG names ${foreign.join(", ") || "no cluster"}, and cluster tests run on the testbed only: ` +
      'testbed/testbed up && eval "$(testbed/testbed env)"',
  );
}
