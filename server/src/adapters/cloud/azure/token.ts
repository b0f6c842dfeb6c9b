import { readFile } from "node:fs/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { takeToken, variable, type Grant } from "../bearer.ts";

/**
 * A token for `resource` (`https://vault.azure.net`), by the first way that the server's environment names: a federated
 * token file (workload identity), a client secret, the identity endpoint of App Service, the metadata service of a machine.
 */
export const grantOf = async (variables: ReadonlyMap<string, string>, resource: string): Promise<Grant> => {
  const client = variables.get("AZURE_CLIENT_ID");
  const file = variables.get("AZURE_FEDERATED_TOKEN_FILE");
  const secret = variables.get("AZURE_CLIENT_SECRET");
  if (file !== undefined || secret !== undefined) {
    const authority = variables.get("AZURE_AUTHORITY_HOST") ?? "https://login.microsoftonline.com";
    const tenant = encodeURIComponent(variable(variables, "AZURE_TENANT_ID"));
    const proof: Record<string, string> =
      file === undefined
        ? { client_secret: secret ?? "" }
        : {
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion: await tokenIn(file),
          };
    return await takeToken({
      url: new URL(`/${tenant}/oauth2/v2.0/token`, authority),
      form: {
        client_id: variable(variables, "AZURE_CLIENT_ID"),
        scope: `${resource}/.default`,
        grant_type: "client_credentials",
        ...proof,
      },
    });
  }
  // With several identities on one machine the client id names one.
  const which = new URLSearchParams({ resource, ...(client === undefined ? {} : { client_id: client }) });
  const endpoint = variables.get("IDENTITY_ENDPOINT");
  if (endpoint !== undefined)
    return await takeToken({
      url: new URL(`${endpoint}?api-version=2019-08-01&${which.toString()}`),
      headers: { "x-identity-header": variable(variables, "IDENTITY_HEADER") },
    });
  const metadata = variables.get("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  if (metadata !== undefined)
    return await takeToken({
      url: new URL(`/metadata/identity/oauth2/token?api-version=2018-02-01&${which.toString()}`, metadata),
      headers: { metadata: "true" },
    });
  throw new KeyrollError("provider_denied", "The server's environment names no way to sign in to Azure.", {
    next: "Start it with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE; on an Azure machine with AZURE_POD_IDENTITY_AUTHORITY_HOST=http://169.254.169.254.",
    changed: false,
  });
};

/** Kubernetes replaces the file's content; it is read anew for every token. */
const tokenIn = async (file: string): Promise<string> =>
  await readFile(file, "utf8").then(
    (text) => text.trim(),
    () => {
      throw new KeyrollError("provider_denied", "The file that AZURE_FEDERATED_TOKEN_FILE names cannot be read.", {
        next: "Check the projected volume of the server's pod.",
        changed: false,
      });
    },
  );
