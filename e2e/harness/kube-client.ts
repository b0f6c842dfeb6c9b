import { readFileSync } from "node:fs";
import { systemClock } from "../../server/src/adapters/clock/system.ts";
import { accessOf } from "../../server/src/adapters/kubernetes/access.ts";
import { createKubeClient, type KubeClient } from "../../server/src/adapters/kubernetes/client.ts";
import { parseKubeconfig } from "../../server/src/adapters/kubernetes/kubeconfig.ts";
import { createSystemRandom } from "../../server/src/adapters/random/system.ts";

/** What a client takes from its host. */
export const parts = { clock: systemClock, random: createSystemRandom(systemClock), egress: null };

/** To the test cluster, with all rights. */
export const testAccess = async (): ReturnType<typeof accessOf> => {
  const { credential } = parseKubeconfig(readFileSync(process.env["KUBECONFIG"] ?? "", "utf8"), undefined);
  return await accessOf(credential, parts);
};

/** Keyroll's own client of the test cluster, with all rights; whoever takes it closes it. */
export const testClient = async (): Promise<KubeClient> => await createKubeClient(await testAccess(), parts);
