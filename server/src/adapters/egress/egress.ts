import { isIP } from "node:net";
import { KeyrollError } from "@keyroll/contract/errors";
import { isIn, networksOf, plainAddress } from "../../ports/networks.ts";
import type { Egress } from "../../ports/egress.ts";

/** Metadata services, link-local, "this network", multicast, reserved: nobody's cluster or store is there. */
const never = networksOf([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "fe80::/10",
  "ff00::/8",
  // AWS: metadata, and what hands a pod or a task its credentials; Google's metadata.
  "fd00:ec2::/32",
  "fd20:ce::254/128",
  "::/128",
]);
const loopback = networksOf(["127.0.0.0/8", "::1/128"]);

/**
 * The rules for addresses that people enter (interface, "Configuration"): metadata and link-local never,
 * loopback only when Keyroll itself listens there, private ranges allowed, since clusters live there.
 */
export const createEgress = (options: { readonly listensOnLoopback: boolean; readonly allow: string }): Egress => {
  const entries = options.allow
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const networks = networksOf(entries.filter((entry) => isIP(entry.split("/")[0] ?? "") !== 0));
  const hosts = new Set(
    entries.filter((entry) => isIP(entry.split("/")[0] ?? "") === 0).map((entry) => entry.toLowerCase()),
  );
  return {
    check: (url, address) => {
      if (hosts.has(url.hostname.toLowerCase()) || isIn(networks, address)) return;
      const mapped = address.toLowerCase().startsWith("::ffff:") && isIP(plainAddress(address)) !== 4;
      const why =
        isIP(plainAddress(address)) === 0 || mapped || isIn(never, address)
          ? "is a metadata, link-local or reserved address"
          : isIn(loopback, address) && !options.listensOnLoopback
            ? "is this machine itself"
            : null;
      if (why === null) return;
      throw new KeyrollError("invalid", `\`${url.hostname}\` ${why}: Keyroll does not connect there.`, {
        field: "server",
        next: "Use the address of the cluster or store; an operator can allow one with KEYROLL_EGRESS_ALLOW.",
        changed: false,
      });
    },
  };
};
