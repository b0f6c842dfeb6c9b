import type { Target } from "../ports/target.ts";
import { unwrapCredentials } from "./connection-credentials.ts";
import type { Host } from "./host.ts";
import type { AppRow, EnvironmentRow } from "./subject.ts";

/** The target of an environment. @throws {KeyrollError} `sealed` when its credentials cannot be read. */
export const openTarget = async (host: Host, app: AppRow, environment: EnvironmentRow): Promise<Target> => {
  const credentials = await unwrapCredentials(host, environment.connectionId);
  const { type, namespace, releaseName, secretName, settings } = environment;
  return await host.targets.open(
    {
      environmentId: environment.id,
      app: app.name,
      environment: environment.name,
      type,
      namespace,
      releaseName,
      secretName,
      settings,
    },
    credentials,
  );
};
