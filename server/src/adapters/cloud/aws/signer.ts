import { assumedRole } from "./assumed-role.ts";
import type { Role } from "./settings.ts";

/**
 * Signs requests to one service of a Region, as the role, or with what the server has by itself. Signing throws a
 * `KeyrollError` for a role that cannot be assumed, and what the SDK throws where there are no credentials.
 */
export const signerOf = async (service: string, region: string, role: Role | null) => {
  const [{ SignatureV4 }, { defaultProvider }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-sdk/credential-provider-node"),
    import("@smithy/core/checksum"),
  ]);
  const credentials = role === null ? defaultProvider({ clientConfig: { region } }) : assumedRole(region, role);
  return new SignatureV4({ service, region, credentials, sha256: Sha256 });
};

export type Signer = Awaited<ReturnType<typeof signerOf>>;
