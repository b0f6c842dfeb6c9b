import { networkTo } from "../../../../conformance/network.ts";
import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import { startCloud } from "../../../../e2e/harness/clouds.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { startTokenService } from "../../../../e2e/harness/token-service.ts";
import { documentStore } from "./document-store.ts";
import { restOf } from "./gcp/client.ts";
import { secretDocument } from "./gcp/documents.ts";
import { gcp, settings } from "./gcp.ts";

secretStoreConformance("gcp over our reading of its API", {
  networked: true,
  setUp: async () => {
    const service = await startCloud("gcp");
    const network = await networkTo(service.url);
    const tokens = await startTokenService();
    const parsed = settings.parse({ project: "keyroll-test", prefix: `conformance-${process.pid}` });
    return {
      capabilities: gcp.capabilities,
      network,
      open: async (scope, wrap) => {
        // Variables of its own: a process that has no token yet.
        const variables = new Map([
          ["CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", `http://${network.host}:${network.port}`],
          ["GCE_METADATA_HOST", tokens.host],
        ]);
        const host = { ...testHost(), variables };
        const driver = secretDocument(wrap(restOf(parsed.project, host)), parsed, scope);
        return documentStore(driver, { scope, clock: host.clock });
      },
      close: async () => {
        await network.close();
        tokens.stop();
        service.stop();
      },
    };
  },
});
