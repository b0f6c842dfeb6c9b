import { KeyrollError } from "@keyroll/contract/errors";
import type { Change } from "../../../ports/secret-store.ts";
import type { Secret } from "../../../ports/secret.ts";
import type { Parameter } from "./parameters.ts";
import type { CommitRecord, Pin } from "./record.ts";
import { decodeValue, digestOf, type Encoded } from "./value.ts";

const factsOf = (
  key: string,
  value: Secret,
  revision: number,
  digestKey: Uint8Array,
): Omit<Pin, "version" | "encoded"> => ({
  key,
  revision,
  bytes: value.size,
  lines: value.lines,
  binary: value.binary,
  digest: digestOf(digestKey, key, value),
});

/** What a commit knows when all its values are put. */
interface Known {
  /** Those of the revision before. */
  readonly pins: ReadonlyMap<string, Pin>;
  readonly revision: number;
  readonly digestKey: Uint8Array;
  readonly encoded: ReadonlyMap<string, Encoded>;
  /** Of what was put. */
  readonly versions: ReadonlyMap<string, number>;
  /** What others put, of keys to adopt. */
  readonly there: ReadonlyMap<string, Parameter>;
}

/** How the new record names the key's value; null: not at all. */
export const pinFor = (change: Change, known: Known): Pin | null => {
  if (change.op === "remove") return null;
  if (change.op === "adopt") return adopted(change.key, known);
  const { key, value } = change;
  const { pins, versions, encoded, revision, digestKey } = known;
  const place = { version: versions.get(key) ?? 0, encoded: encoded.get(key)?.form.encoded ?? false };
  const before = pins.get(key);
  if (change.op === "mend" && before !== undefined) return { ...before, ...place };
  return { ...factsOf(key, value, revision, digestKey), ...place };
};

/** Somebody else's value is text, as it stands there. */
const adopted = (key: string, { there, revision, digestKey }: Known): Pin => {
  const found = there.get(key);
  if (found === undefined)
    throw new KeyrollError("not_found", `There is no parameter for \`${key}\` to adopt.`, { key, changed: false });
  if (found.plain === true)
    throw new KeyrollError(
      "invalid",
      `The parameter of \`${key}\` is not encrypted (String or StringList), which Parameter Store never changes.`,
      { key, changed: false, next: `Delete it there and save \`${key}\` here: then it is a SecureString.` },
    );
  const value = decodeValue({ empty: false, encoded: false, binary: false }, found.value);
  return { ...factsOf(key, value, revision, digestKey), version: found.version, encoded: false };
};

/** @throws {KeyrollError} `integrity`: what is to be put again is not what the newest revision saved. */
export const refuseAnother = (
  head: CommitRecord | null,
  { key, value }: { readonly key: string; readonly value: Secret },
  digestKey: Uint8Array,
): void => {
  const pin = head?.pins.get(key);
  if (pin === undefined) throw new KeyrollError("not_found", `\`${key}\` is not saved.`, { key, changed: false });
  if (pin.version === 0)
    throw new KeyrollError("invalid", `\`${key}\` is saved empty, which is no parameter: none can be put back.`, {
      key,
      changed: false,
      next: "Delete the parameter there, or adopt it.",
    });
  if (digestOf(digestKey, key, value) === pin.digest) return;
  throw new KeyrollError(
    "integrity",
    `What was found of \`${key}\` is another value than the one that revision ${pin.revision} saved.`,
    { key, changed: false, next: "Save this key again." },
  );
};
