import { networkTo } from "../../../../conformance/network.ts";
import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import type { StoreWorld } from "../../../../conformance/store-world.ts";
import { openBao } from "../../../../e2e/harness/openbao.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { documentStore } from "./document-store.ts";
import { clientOf } from "./vault/client.ts";
import { vaultDocument } from "./vault/documents.ts";
import { settings } from "./vault/settings.ts";
import { vault } from "./vault.ts";

const setUp = async (upstream: string): Promise<StoreWorld> => {
  const network = await networkTo(new URL(upstream));
  const address = `http://${network.host}:${network.port}`;
  const parsed = settings.parse({ address });
  return {
    capabilities: vault.capabilities,
    network,
    open: async (scope, wrap) => {
      // Variables of its own: a process that has not signed in yet.
      const variables = new Map([
        ["VAULT_ADDR", address],
        ["VAULT_TOKEN", openBao().token],
      ]);
      const host = { ...testHost(), variables };
      const driver = vaultDocument(() => clientOf(parsed, host), parsed, scope, host);
      return documentStore(wrap(driver), { scope, clock: host.clock });
    },
    close: async () => await network.close(),
  };
};

secretStoreConformance("vault over OpenBao in memory", {
  networked: true,
  setUp: async () => await setUp(openBao().memory),
});
secretStoreConformance("vault over OpenBao on raft", {
  networked: true,
  setUp: async () => await setUp(openBao().raft),
});
