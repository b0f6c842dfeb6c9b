import { networkTo } from "../../../../conformance/network.ts";
import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import { startParameterStore } from "../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { restOf } from "./aws-secrets-manager/client.ts";
import { secretDocument } from "./aws-secrets-manager/documents.ts";
import { awsSecretsManager, settings } from "./aws-secrets-manager.ts";
import { documentStore } from "./document-store.ts";

secretStoreConformance("aws-secrets-manager", {
  networked: true,
  setUp: async () => {
    const emulator = await startParameterStore();
    const network = await networkTo(new URL(emulator.url));
    const address = `http://${network.host}:${network.port}`;
    const parsed = settings.parse({ region: "eu-west-1", prefix: `conformance-${process.pid}` });
    return {
      capabilities: awsSecretsManager.capabilities,
      network,
      open: async (scope, wrap) => {
        // Variables of its own: a process that knows nothing yet.
        const host = { ...testHost(), variables: new Map([["AWS_ENDPOINT_URL_SECRETS_MANAGER", address]]) };
        return documentStore(secretDocument(wrap(restOf(parsed, host)), parsed, scope, host), {
          scope,
          clock: host.clock,
        });
      },
      close: async () => {
        await network.close();
        emulator.stop();
      },
    };
  },
});
