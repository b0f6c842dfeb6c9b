import { z } from "zod";
import type { Encryption, EncryptionReport } from "../ports/encryption.ts";

const encryption = {
  state: z.enum(["verified", "declared", "not-encrypted", "unknown"]),
  label: z.string(),
  message: z.string(),
  next: z.string().nullable(),
};

const kept = z.object({
  ...encryption,
  checkedAt: z.number(),
  /** By environment, where its own Secret is kept in another way than new ones. */
  differs: z.record(z.string(), z.object(encryption)),
});

/** A report as the connection's row keeps it. */
export const keepEncryption = ({ differing, ...found }: EncryptionReport, checkedAt: number): string =>
  JSON.stringify({
    ...found,
    checkedAt,
    differs: Object.fromEntries(differing.map(({ place, ...own }) => [place.environmentId, own])),
  } satisfies z.input<typeof kept>);

/** What is known of the connection's cluster, or of one environment's Secret in it; null: it was never looked at. */
export const encryptionOf = (
  text: string | null,
  environmentId: string | null,
): (Encryption & { readonly checkedAt: number }) | null => {
  if (text === null) return null;
  const { differs, ...found } = kept.parse(JSON.parse(text));
  const own = environmentId === null ? undefined : differs[environmentId];
  return own === undefined ? found : { ...own, checkedAt: found.checkedAt };
};
