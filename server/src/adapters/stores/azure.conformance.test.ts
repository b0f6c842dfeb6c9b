import { networkTo } from "../../../../conformance/network.ts";
import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import { startCloud } from "../../../../e2e/harness/clouds.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { startTokenService } from "../../../../e2e/harness/token-service.ts";
import { restOf } from "./azure/client.ts";
import { vaultDocument } from "./azure/documents.ts";
import { createSecrets } from "./azure/secrets.ts";
import { azure, settings } from "./azure.ts";
import { documentStore } from "./document-store.ts";

secretStoreConformance("azure over our reading of its API", {
  networked: true,
  setUp: async () => {
    // A second of the service lasts 50 ms, so that a commit does not take two of ours.
    const service = await startCloud("azure", 20);
    await service.config({ throttle: false });
    const network = await networkTo(service.url);
    const tokens = await startTokenService();
    const vaultUrl = `http://${network.host}:${network.port}`;
    const parsed = settings.parse({ vaultUrl, prefix: `conformance-${process.pid}` });
    return {
      capabilities: azure.capabilities,
      network,
      open: async (scope, wrap) => {
        // Variables of its own: a process that has no token yet.
        const variables = new Map([
          ["AZURE_KEYVAULT_URL", vaultUrl],
          ["AZURE_POD_IDENTITY_AUTHORITY_HOST", `http://${tokens.host}`],
        ]);
        const host = { ...testHost(), variables };
        const secrets = createSecrets(wrap(restOf(vaultUrl, host)), host.clock);
        // It has one clock: its second needs no margin.
        const times = { settle: 1000, look: 15 };
        return documentStore(vaultDocument(secrets, parsed, scope, host, times), { scope, clock: host.clock });
      },
      close: async () => {
        await network.close();
        tokens.stop();
        service.stop();
      },
    };
  },
});
