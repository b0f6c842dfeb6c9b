import { Buffer } from "node:buffer";

/** How an object lies in etcd. */
export type Form =
  | { readonly kind: "encrypted"; readonly how: string; readonly advice: string | null }
  | { readonly kind: "plain" }
  | { readonly kind: "other" };

/** Bytes of an object that tell its form: the longest prefix that names a provider. */
export const prefixBytes = 256;

const localKey = "Whoever has the API server's configuration has the key; a KMS v2 provider keeps it elsewhere.";

/** What the API server writes before what it encrypted, with the name of the provider or key. */
const forms: readonly (readonly [prefix: RegExp, how: string, advice: string | null])[] = [
  [/^k8s:enc:kms:v2:([^:]+):/u, "KMS v2", null],
  [
    /^k8s:enc:kms:v1:([^:]+):/u,
    "KMS v1",
    "Kubernetes has KMS v1 switched off since 1.29: move the provider to KMS v2, and write the Secrets anew.",
  ],
  [/^k8s:enc:aesgcm:v1:([^:]+):/u, "aesgcm", `${localKey} With aesgcm that key must be changed every 200,000 writes.`],
  [/^k8s:enc:aescbc:v1:([^:]+):/u, "aescbc", `${localKey} Kubernetes calls aescbc weak: anything else is better.`],
  [/^k8s:enc:secretbox:v1:([^:]+):/u, "secretbox", localKey],
];

/** Names are the operator's own; what could not be printed is no name. */
const isName = (name: string): boolean => /^[\w.@ /-]{1,200}$/u.test(name);

/**
 * Tells from the first bytes of an object in etcd whether it is encrypted. Without a provider the API server writes
 * protobuf behind `k8s\0`, or JSON where its storage is set so.
 */
export const formOf = (raw: Uint8Array): Form => {
  const start = Buffer.from(raw.subarray(0, prefixBytes)).toString("latin1");
  for (const [prefix, how, advice] of forms) {
    const name = prefix.exec(start)?.[1];
    if (name !== undefined && isName(name)) return { kind: "encrypted", how: `${how} (${name})`, advice };
  }
  return start.startsWith("k8s\0") || start.startsWith("{") ? { kind: "plain" } : { kind: "other" };
};

/** The form of an object whose content is known: whatever the prefix says, content that can be read is not encrypted. */
export const formOfKnown = (raw: Uint8Array, content: Uint8Array): Form => {
  const bytes = Buffer.from(raw);
  const isReadable = bytes.includes(content) || bytes.includes(Buffer.from(content).toString("base64"));
  return isReadable ? { kind: "plain" } : formOf(raw);
};
