import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Egress } from "../../ports/egress.ts";

const refusal = (url: URL, addresses: readonly string[], egress: Egress): Error | null => {
  try {
    for (const address of addresses) egress.check(url, address);
    return null;
  } catch (refused) {
    return refused instanceof Error ? refused : new Error("refused");
  }
};

/**
 * A resolver for the connections to `url` that asks the egress rules about every address a name has, at the moment
 * of connecting: a name that points elsewhere later is refused then. An address that stands in the URL itself is
 * never resolved, so it is asked about at once.
 * @throws {KeyrollError} `invalid`, when the URL itself names a forbidden address.
 */
export const guardedLookup = (url: URL, egress: Egress): LookupFunction => {
  const literal = url.hostname.replaceAll(/[[\]]/gu, "");
  if (isIP(literal) !== 0) egress.check(url, literal);
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      // For a name that nobody knows there are no addresses at all, whatever the types say.
      if (error !== null) {
        done(error, "", 4);
        return;
      }
      const refused = refusal(
        url,
        addresses.map(({ address }) => address),
        egress,
      );
      const [first] = addresses;
      if (refused !== null) done(refused, "", 4);
      else if (options.all === true) done(null, addresses);
      else done(null, first?.address ?? "", first?.family ?? 4);
    });
  };
};

/**
 * For programs that connect themselves (Helm and its registries): asks the rules before they are started.
 * @throws {KeyrollError} `invalid` for a forbidden address, `provider_unreachable` for a name that nobody knows.
 */
export const checkHost = async (url: URL, egress: Egress): Promise<void> => {
  const resolve = guardedLookup(url, egress);
  if (isIP(url.hostname.replaceAll(/[[\]]/gu, "")) !== 0) return;
  await new Promise<void>((done, failed) => {
    resolve(url.hostname, { all: true }, (error) => {
      if (error === null) done();
      else if (error instanceof KeyrollError) failed(error);
      else
        failed(
          new KeyrollError(
            "provider_unreachable",
            `There is no host \`${url.hostname}\`.`,
            { changed: false },
            { cause: error },
          ),
        );
    });
  });
};
