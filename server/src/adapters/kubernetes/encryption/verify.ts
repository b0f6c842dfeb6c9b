import { KeyrollError } from "@keyroll/contract/errors";
import type { Encryption, EncryptionReport, SecretPlace } from "../../../ports/encryption.ts";
import { text } from "../json.ts";
import { CanaryRefused, withCanary, type CanaryHost } from "./canary.ts";
import type { Etcd } from "./etcd.ts";
import { formOf, formOfKnown, prefixBytes, type Form } from "./judge.ts";

export interface Looked {
  readonly namespace: string;
  /** Secrets of environments: each is asked for by its own key, and only its first bytes are read. */
  readonly secrets: readonly SecretPlace[];
}

/** A canary takes some hundred bytes more than its content. */
const canaryBytes = 16_384;

const keyOf = (namespace: string, name: string): string => `/registry/secrets/${namespace}/${name}`;

const otherEtcd = (): KeyrollError =>
  new KeyrollError("provider_denied", "etcd does not have the Secret that this cluster's API server just wrote.", {
    next: "KEYROLL_ETCD_ENDPOINTS is the etcd of one cluster: of another one than this connection's, or with another --etcd-prefix than /registry.",
    changed: false,
  });

/**
 * The form of an environment's Secret; null when it is not there, or when this etcd does not hold what the API server
 * shows: then it is another cluster's, and its answer says nothing here.
 */
const formAt = async ({ client }: CanaryHost, etcd: Etcd, { namespace, name }: SecretPlace): Promise<Form | null> => {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const shown = await client.find(path, { metadataOnly: true }).catch((error: unknown) => {
    if (error instanceof KeyrollError && error.code === "provider_denied") return null;
    throw error;
  });
  const version = text(shown, "metadata", "resourceVersion");
  const found = version === null ? null : await etcd.read(keyOf(namespace, name), prefixBytes);
  return found === null || found.revision !== version ? null : formOf(found.bytes);
};

const rewrite = ({ namespace, name }: SecretPlace): string =>
  `kubectl get secret ${name} -n ${namespace} -o json | kubectl replace -f -`;

/** What an environment is told whose Secret is older than the encryption. A deployment of the same revision writes nothing. */
const stillPlain = (place: SecretPlace): Encryption => ({
  state: "not-encrypted",
  label: "not encrypted: written before encryption was on",
  message: `New Secrets are encrypted, but ${place.name} in ${place.namespace} lies in etcd in plain text: it was written before.`,
  next: `Save a change and deploy it, or write the same content anew: ${rewrite(place)}`,
});

const verified = (how: string, what: string, advice: string | null): Encryption => ({
  state: "verified",
  label: `verified, ${how}`,
  message: `Encrypted with ${how}: ${what} was read in etcd.`,
  next: advice,
});

const plain = (what: string): Encryption => ({
  state: "not-encrypted",
  label: "not encrypted",
  message: `etcd holds ${what} in plain text.`,
  next: "Give the API server an --encryption-provider-config whose first provider for secrets is a KMS v2 plugin (or secretbox), not identity; then write the Secrets anew.",
});

const unknownForm = (what: string): Encryption => ({
  state: "unknown",
  label: "not known",
  message: `etcd holds ${what} in a form that Keyroll does not know.`,
  next: "Look at the first bytes of the key in etcd, and at the API server's --encryption-provider-config.",
});

const judged = (form: Form, what: string): Encryption =>
  form.kind === "encrypted"
    ? verified(form.how, what, form.advice)
    : form.kind === "plain"
      ? plain(what)
      : unknownForm(what);

/** Without a canary: what the environments' own Secrets say. New ones could be kept in another way. */
const byThemselves = (forms: ReadonlyMap<SecretPlace, Form>, refusal: CanaryRefused, namespace: string): Encryption => {
  const [first] = [...forms].toSorted(
    ([, a], [, b]) => Number(a.kind === "encrypted") - Number(b.kind === "encrypted"),
  );
  const right = `To try it with a canary as well, give the identity create, list and delete on secrets in ${namespace}, or in a namespace of its own (--namespace).`;
  if (first === undefined)
    return {
      state: "unknown",
      label: "not known",
      message: `No Secret could be looked at in etcd: there is none of an environment yet, and a canary was refused (${refusal.message})`,
      next: right,
    };
  const [place, form] = first;
  const verdict = judged(form, `${place.name} in ${place.namespace}`);
  return verdict.state === "verified" && verdict.next === null ? { ...verdict, next: right } : verdict;
};

/**
 * Writes a canary through the API server and reads it in etcd; then the first bytes of the environments' own Secrets.
 * Asks etcd for these keys, one by one, and for no other.
 * @throws {KeyrollError} what etcd, or the cluster, says; nothing stays behind.
 */
export const verifyInEtcd = async (host: CanaryHost, etcd: Etcd, looked: Looked): Promise<EncryptionReport> => {
  let canary: Form | CanaryRefused;
  try {
    canary = await withCanary(host, looked.namespace, async ({ name, content }) => {
      const found = await etcd.read(keyOf(looked.namespace, name), canaryBytes);
      if (found === null) throw otherEtcd();
      return formOfKnown(found.bytes, content);
    });
  } catch (error) {
    if (!(error instanceof CanaryRefused)) throw error;
    canary = error;
  }
  const forms = new Map<SecretPlace, Form>();
  for (const place of looked.secrets) {
    const form = await formAt(host, etcd, place);
    if (form !== null) forms.set(place, form);
  }
  if (canary instanceof CanaryRefused) return { ...byThemselves(forms, canary, looked.namespace), differing: [] };
  const verdict = judged(canary, `a canary Secret in ${looked.namespace}`);
  const old = [...forms].filter(([, form]) => verdict.state === "verified" && form.kind === "plain");
  return { ...verdict, differing: old.map(([place]) => ({ ...stillPlain(place), place })) };
};
