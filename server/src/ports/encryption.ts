/** Whether a cluster keeps Secrets encrypted, and how that is known: never assumed. */
export interface Encryption {
  /** `verified`: seen in etcd. `declared`: the cloud's API says so. */
  readonly state: "verified" | "declared" | "not-encrypted" | "unknown";
  /** In a few words, such as "verified, KMS v2 (vault)" or "declared by EKS (KMS)". */
  readonly label: string;
  /** What it rests on, one sentence. */
  readonly message: string;
  /** What to do next; null: nothing. */
  readonly next: string | null;
}

/** The Secret of one environment. */
export interface SecretPlace {
  readonly environmentId: string;
  readonly namespace: string;
  readonly name: string;
}

export interface EncryptionReport extends Encryption {
  /** Secrets that are kept in another way than new ones: they were written before encryption was switched on. */
  readonly differing: readonly (Encryption & { readonly place: SecretPlace })[];
}
