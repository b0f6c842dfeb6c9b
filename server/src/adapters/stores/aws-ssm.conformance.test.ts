import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import { networkTo } from "../../../../conformance/network.ts";
import { startParameterStore } from "../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { createAwsSsm } from "./aws-ssm.ts";
import { connectParameters } from "./aws-ssm/parameters.ts";

secretStoreConformance("aws-ssm", {
  networked: true,
  setUp: async () => {
    const emulator = await startParameterStore();
    const network = await networkTo(new URL(emulator.url));
    process.env["AWS_ENDPOINT_URL_SSM"] = `http://${network.host}:${network.port}`;
    const host = testHost();
    const settings = { region: "eu-west-1", prefix: `conformance-${process.pid}` };
    const parameters = connectParameters({ region: settings.region, kmsKeyId: null, role: null });
    return {
      capabilities: createAwsSsm().capabilities,
      network,
      // A kind of its own for each: what one process has seen, another does not know.
      open: async (scope, wrap) =>
        createAwsSsm({
          connect: () => wrap(parameters),
          patience: 100,
          // What was just written is old, also when the machine's clock steps back after it.
          longestSave: -60_000,
        }).open(settings, scope, host),
      close: async () => {
        await network.close();
        emulator.stop();
      },
    };
  },
});
